import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { RateLimited } from '../access/rate-limit.guard.js';
import { Public } from '../access/roles.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { PickupQr } from '../notifications/pickup-qr.port.js';
import type { OrderResponse } from '../orders/dto/order.response.js';
import { OrderViews } from '../orders/order-views.service.js';
import { cancelPage, successPage, UNKNOWN_ORDER_PAGE } from './pages/order-pages.js';
import { type CustomerPage, renderPage } from './pages/page-layout.js';

const SESSION_ID = /^cs_\w{1,200}$/;

/** Where Stripe sends the customer back to. The pages tell what is true, never what the address claims. */
@ApiTags('pages')
@ApiProduces('text/html')
@ApiResponse({ status: 200, description: 'A French page, made for a phone' })
@ApiResponse({ status: 404, description: 'The same page for every unknown order' })
@ApiProblems({ 429: 'too_many_requests' })
@Controller('payment')
@RateLimited('pages')
export class PaymentPagesController {
  constructor(
    private readonly config: AppConfig,
    private readonly orders: OrderViews,
    private readonly pickupQr: PickupQr,
  ) {}

  @Get('success')
  @Public()
  @ApiOperation({ summary: 'Back from Stripe, paid: the true state of the order' })
  @ApiQuery({ name: 'session_id' })
  async success(@Query('session_id') sessionId: unknown, @Res() reply: FastifyReply) {
    const known = typeof sessionId === 'string' && SESSION_ID.test(sessionId);
    const found = known ? await this.orders.findBySession(sessionId) : null;
    if (!found) return this.show(reply, null);
    const { order, failed } = found;
    if (failed) return this.show(reply, await this.unpaidPage(order));
    return this.show(reply, successPage(order, await this.qrUrl(order)));
  }

  @Get('cancel')
  @Public()
  @ApiOperation({ summary: 'Back from Stripe, unpaid: the true state, and the way back' })
  @ApiQuery({ name: 'order_id' })
  async cancel(@Query('order_id') orderId: unknown, @Res() reply: FastifyReply) {
    const order = isUUID(orderId) ? await this.orders.find(orderId as string) : null;
    return this.show(reply, order ? await this.unpaidPage(order) : null);
  }

  private async unpaidPage(order: OrderResponse): Promise<CustomerPage> {
    const isLinkComing = order.paymentUrl === null && (await this.orders.isLinkComing(order.id));
    return cancelPage(order, { timeZone: this.config.shop.timeZone, isLinkComing });
  }

  private async qrUrl(order: OrderResponse): Promise<string | null> {
    return order.status === 'confirmed' ? this.pickupQr.imageUrl(order.id) : null;
  }

  private show(reply: FastifyReply, page: CustomerPage | null): FastifyReply {
    const shown = page ?? UNKNOWN_ORDER_PAGE;
    return reply
      .status(shown.status)
      .header('cache-control', 'private, no-store')
      .header('referrer-policy', 'no-referrer')
      .type('text/html; charset=utf-8')
      .send(renderPage(shown, this.config.shop));
  }
}
