import { Body, Controller, Get, Headers, Param, ParseUUIDPipe, Post, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Roles } from '../access/roles.decorator.js';
import { ApiId } from '../common/api-id.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { OrdersService } from '../orders/orders.service.js';
import { CreateRefundDto } from './dto/create-refund.dto.js';
import { RefundListResponse, RefundResponse } from './dto/refund.response.js';
import type { Refund } from './refund.entity.js';
import { RefundsService } from './refunds.service.js';

@ApiTags('orders')
@ApiBearerAuth()
@ApiProblems({ 401: 'unauthorized', 403: 'forbidden' })
@Controller('api/orders/:id/refunds')
export class RefundsController {
  constructor(
    private readonly refunds: RefundsService,
    private readonly orders: OrdersService,
    private readonly notifications: NotificationsService,
  ) {}

  @Post()
  @Roles('admin')
  @ApiOperation({
    summary: 'Give money back',
    description:
      'In part or as a whole, once, never above what was paid. A full refund ends the pickup, returns the stock and is told to the customer.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Up to 255 printable characters: the same key and body give the same refund',
  })
  @ApiBody({ type: CreateRefundDto, required: false })
  @ApiCreatedResponse({
    type: RefundResponse,
    headers: { Location: { schema: { type: 'string' } } },
  })
  @ApiOkResponse({ type: RefundResponse, description: 'An earlier request with this key made it' })
  @ApiAcceptedResponse({
    type: RefundResponse,
    description: 'Stripe has not answered: the refund is made as soon as it does',
  })
  @ApiProblems({
    400: 'validation_failed, bad_request, invalid_idempotency_key',
    404: 'order_not_found, payment_not_found',
    409: 'order_not_paid, already_refunded, refund_exceeds_payment, refund_in_progress, refund_refused, captured_amount_unknown',
    422: 'idempotency_key_reused',
  })
  @ApiId()
  async create(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: CreateRefundDto,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RefundResponse> {
    const { refund, replayed } = await this.refunds.request(id, body ?? {}, idempotencyKey);
    this.notifications.announce();
    reply.header('location', `/api/orders/${id}/refunds/${refund.id}`);
    reply.status(replayed ? 200 : refund.status === 'creating' ? 202 : 201);
    return response(refund);
  }

  @Get()
  @Roles('admin')
  @ApiOperation({ summary: 'Refunds of an order that the shop asked for' })
  @ApiOkResponse({ type: RefundListResponse })
  @ApiProblems({ 404: 'order_not_found' })
  @ApiId()
  async list(@Param('id', ParseUUIDPipe) id: string): Promise<RefundListResponse> {
    await this.orders.get(id);
    return { data: (await this.refunds.list(id)).map(response), nextCursor: null };
  }

  @Get(':refundId')
  @Roles('admin')
  @ApiOperation({ summary: 'Read one refund' })
  @ApiParam({ name: 'refundId', format: 'uuid' })
  @ApiOkResponse({ type: RefundResponse })
  @ApiProblems({ 404: 'refund_not_found' })
  @ApiId()
  async get(
    @Param('id', ParseUUIDPipe) id: string,
    @Param('refundId', ParseUUIDPipe) refundId: string,
  ): Promise<RefundResponse> {
    return response(await this.refunds.get(id, refundId));
  }
}

const response = (refund: Refund): RefundResponse => ({
  id: refund.id,
  orderId: refund.orderId,
  paymentIntentId: refund.stripePaymentIntentId,
  amount: refund.amount,
  currency: refund.currency,
  status: refund.status,
  stripeRefundId: refund.stripeRefundId,
  reason: refund.lastError,
  createdAt: refund.createdAt,
  updatedAt: refund.updatedAt,
});
