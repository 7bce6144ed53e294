import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '../access/roles.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { OrdersService } from '../orders/orders.service.js';
import { PickupResponse } from './dto/pickup.response.js';
import { RedeemPickupDto } from './dto/redeem-pickup.dto.js';
import { PickupService } from './pickup.service.js';

@ApiTags('pickup')
@ApiBearerAuth()
@Controller('api/pickups')
export class PickupsController {
  constructor(
    private readonly pickup: PickupService,
    private readonly orders: OrdersService,
  ) {}

  @Post()
  @Roles('counter')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hand an order over to whoever shows its QR code: once' })
  @ApiOkResponse({ type: PickupResponse })
  @ApiProblems({
    400: 'validation_failed',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'pickup_not_found',
    409: 'already_picked_up (with pickedUpAt), order_refunded, pickup_suspended',
  })
  async redeem(@Body() { token }: RedeemPickupDto): Promise<PickupResponse> {
    const { orderId, pickedUpAt } = await this.pickup.redeem(token);
    return { pickedUpAt, order: await this.orders.get(orderId) };
  }
}
