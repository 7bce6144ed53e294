import { ApiProperty } from '@nestjs/swagger';
import { OrderResponse } from '../../orders/dto/order.response.js';

export class PickupResponse {
  @ApiProperty({ type: String, format: 'date-time' })
  pickedUpAt: Date;

  @ApiProperty({ type: () => OrderResponse, description: 'What to hand over, and to whom' })
  order: OrderResponse;
}
