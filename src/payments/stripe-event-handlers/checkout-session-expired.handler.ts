import { Injectable, Logger } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderEnding } from '../../orders/order-ending.service.js';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { reportedPayment } from './reported-payment.js';
import { applied, type HandledEvent, ignored, StripeEventHandler } from './stripe-event.handler.js';

/** The link died unpaid: the order ends, its stock is freed, the customer is told. */
@Injectable()
export class CheckoutSessionExpiredHandler extends StripeEventHandler<Stripe.CheckoutSessionExpiredEvent> {
  override readonly type = 'checkout.session.expired';
  private readonly logger = new Logger(CheckoutSessionExpiredHandler.name);

  constructor(
    private readonly orders: OrderSettlement,
    private readonly ending: OrderEnding,
  ) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionExpiredEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const reported = reportedPayment(event.id, event.data.object);
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    const session = await this.orders.findSession(manager, order.id, reported.sessionId);
    await this.orders.markSessionEnded(manager, reported.sessionId, 'expired');
    if (order.status !== 'pending' || order.paymentStatus !== 'pending') {
      return ignored('not_pending', order.id);
    }
    if (!session?.latest) {
      return ignored('not_the_current_session', order.id);
    }
    // A session that the shop ended carries the shop's reason; the event may overtake our own commit.
    if (session.closeReason) await this.ending.cancel(manager, order, session.closeReason);
    else await this.ending.expire(manager, order);
    this.logger.log({
      event: 'order.expired',
      orderId: order.id,
      msg: `Checkout session expired for order ${order.orderNumber}`,
    });
    return applied('order_cancelled', order.id);
  }
}
