import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { PaymentConfirmation } from '../payment-confirmation.service.js';
import { PaymentReviews } from '../payment-reviews.service.js';
import { reportedPayment } from './reported-payment.js';
import { applied, type HandledEvent, ignored, StripeEventHandler } from './stripe-event.handler.js';

/** The customer has finished on Stripe's page: paid, or, with a delayed method, promised to pay. */
@Injectable()
export class CheckoutSessionCompletedHandler extends StripeEventHandler<Stripe.CheckoutSessionCompletedEvent> {
  override readonly type = 'checkout.session.completed';

  constructor(
    private readonly confirmation: PaymentConfirmation,
    private readonly orders: OrderSettlement,
    private readonly reviews: PaymentReviews,
  ) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionCompletedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const session = event.data.object;
    const reported = reportedPayment(event.id, session);
    if (session.payment_status === 'paid' && reported.paymentIntentId) {
      return this.confirmation.confirm(manager, {
        ...reported,
        paymentIntentId: reported.paymentIntentId,
      });
    }
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    const before = await this.orders.findSession(manager, order.id, session.id);
    await this.orders.markSessionEnded(manager, session.id, 'complete');
    if (session.payment_status !== 'unpaid') {
      return this.reviews.open(manager, 'payment_not_required', order, {
        ...reported,
        objectId: session.id,
      });
    }
    if (order.status !== 'pending' || order.paymentStatus !== 'pending') {
      return ignored('not_pending', order.id);
    }
    // The failure of the promised payment was told before the promise.
    if (before?.status === 'complete') return ignored('already_applied', order.id);
    await this.orders.awaitPayment(manager, order, session.id);
    return applied('payment_processing', order.id);
  }
}
