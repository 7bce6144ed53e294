import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RateLimited } from '../access/rate-limit.guard.js';
import { Roles } from '../access/roles.decorator.js';
import { ApiId } from '../common/api-id.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { CheckoutLink } from './checkout-link.service.js';
import { CancelOrderDto } from './dto/cancel-order.dto.js';
import { CreateOrderDto } from './dto/create-order.dto.js';
import { ListOrdersQuery } from './dto/list-orders.query.js';
import { OrderPageResponse, OrderResponse } from './dto/order.response.js';
import { TimelineResponse } from './dto/timeline.response.js';
import { OrderCancellation } from './order-cancellation.service.js';
import { OrderViews } from './order-views.service.js';
import { OrdersService } from './orders.service.js';

const CANCELLED_BY_SHOP = 'cancelled_by_shop';

@ApiTags('orders')
@ApiBearerAuth()
@ApiProblems({ 401: 'unauthorized', 403: 'forbidden' })
@Controller('api/orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly views: OrderViews,
    private readonly link: CheckoutLink,
    private readonly cancellation: OrderCancellation,
    private readonly notifications: NotificationsService,
  ) {}

  @Post()
  @Roles('shop')
  @RateLimited('orders')
  @ApiOperation({
    summary: 'Place an order and get its payment link',
    description:
      'Prices are the catalogue’s and the stock is reserved. The link is also sent to the customer.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Up to 255 printable characters: the same key and body give the same order',
  })
  @ApiCreatedResponse({
    type: OrderResponse,
    headers: { Location: { schema: { type: 'string' } } },
  })
  @ApiOkResponse({ type: OrderResponse, description: 'An earlier request with this key made it' })
  @ApiAcceptedResponse({
    type: OrderResponse,
    description: 'Stripe is out of reach: paymentUrl is null, the customer gets the link later',
  })
  @ApiProblems({
    400: 'validation_failed, amount_out_of_range, invalid_idempotency_key, malformed_json',
    409: 'insufficient_stock, idempotency_key_in_use',
    413: 'body_too_large',
    415: 'unsupported_media_type',
    422: 'unknown_product, mixed_currencies, idempotency_key_reused',
    429: 'too_many_requests, too_many_orders',
  })
  async place(
    @Body() body: CreateOrderDto,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderResponse> {
    const { order, replayed } = await this.orders.place(body, idempotencyKey);
    reply.header('location', `/api/orders/${order.id}`);
    const ready = order.paymentUrl !== null || order.status !== 'pending';
    reply.status(replayed ? 200 : ready ? 201 : 202);
    return order;
  }

  @Get()
  @Roles('admin')
  @ApiOperation({ summary: 'List orders, newest first' })
  @ApiOkResponse({ type: OrderPageResponse })
  @ApiProblems({ 400: 'validation_failed, invalid_cursor' })
  async list(@Query() query: ListOrdersQuery): Promise<OrderPageResponse> {
    return this.orders.list(query);
  }

  @Get(':id')
  @Roles('shop')
  @ApiOperation({ summary: 'Read one order' })
  @ApiOkResponse({ type: OrderResponse })
  @ApiProblems({ 404: 'order_not_found' })
  @ApiId()
  async get(@Param('id', ParseUUIDPipe) id: string): Promise<OrderResponse> {
    return this.orders.get(id);
  }

  @Post(':id/checkout-session')
  @Roles('shop')
  @RateLimited('links')
  @HttpCode(200)
  @ApiOperation({ summary: 'The open payment link, or a new one when it has expired' })
  @ApiOkResponse({ type: OrderResponse })
  @ApiProblems({
    404: 'order_not_found',
    409: 'order_not_pending, payment_processing',
    429: 'too_many_requests',
    503: 'payment_link_not_ready',
  })
  @ApiId()
  async renewLink(@Param('id', ParseUUIDPipe) id: string): Promise<OrderResponse> {
    await this.link.ensure(id);
    return this.orders.get(id);
  }

  @Post(':id/cancel')
  @Roles('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel an unpaid order',
    description: 'Ends the Stripe session, frees the stock, tells the customer. Repeatable.',
  })
  @ApiOkResponse({ type: OrderResponse })
  @ApiBody({ type: CancelOrderDto, required: false })
  @ApiProblems({
    400: 'validation_failed, bad_request',
    404: 'order_not_found',
    409: 'order_already_paid, payment_processing',
    503: 'payment_provider_unavailable',
  })
  @ApiId()
  async cancel(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: CancelOrderDto,
  ): Promise<OrderResponse> {
    await this.cancellation.cancel(id, body?.reason ?? CANCELLED_BY_SHOP);
    this.notifications.announce();
    return this.orders.get(id);
  }

  @Get(':id/timeline')
  @Roles('admin')
  @ApiOperation({ summary: 'Everything that happened to an order, oldest first' })
  @ApiOkResponse({ type: TimelineResponse })
  @ApiProblems({ 404: 'order_not_found' })
  @ApiId()
  async timeline(@Param('id', ParseUUIDPipe) id: string): Promise<TimelineResponse> {
    const order = await this.orders.get(id);
    return { data: await this.views.timeline(order), nextCursor: null };
  }
}
