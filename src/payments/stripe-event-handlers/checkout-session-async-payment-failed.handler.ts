import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { CheckoutLink } from '../../orders/checkout-link.service.js';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { reportedPayment } from './reported-payment.js';
import { applied, type HandledEvent, ignored, StripeEventHandler } from './stripe-event.handler.js';

/** The money of a delayed method did not come: the order waits again, and the customer gets a new link. */
@Injectable()
export class CheckoutSessionAsyncPaymentFailedHandler extends StripeEventHandler<Stripe.CheckoutSessionAsyncPaymentFailedEvent> {
  override readonly type = 'checkout.session.async_payment_failed';

  constructor(
    private readonly orders: OrderSettlement,
    private readonly link: CheckoutLink,
  ) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionAsyncPaymentFailedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const reported = reportedPayment(event.id, event.data.object);
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    await this.orders.markSessionEnded(manager, reported.sessionId, 'complete');
    const awaited = order.status === 'pending' && order.stripeSessionId === reported.sessionId;
    if (!awaited) return ignored('not_the_current_session', order.id);
    if (order.paymentStatus === 'processing') await this.orders.reopen(manager, order);
    // Only the intent is written here; the tick asks Stripe, and the new link carries the bad news.
    await this.link.writeNext(manager, order.id, { announcement: 'payment_failed', leased: false });
    return applied('payment_failed', order.id);
  }
}
