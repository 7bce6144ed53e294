import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { PaymentConfirmation } from '../payment-confirmation.service.js';
import { PaymentReviews } from '../payment-reviews.service.js';
import { reportedPayment } from './reported-payment.js';
import { type HandledEvent, ignored, StripeEventHandler } from './stripe-event.handler.js';

/** The money of a delayed method has arrived. */
@Injectable()
export class CheckoutSessionAsyncPaymentSucceededHandler extends StripeEventHandler<Stripe.CheckoutSessionAsyncPaymentSucceededEvent> {
  override readonly type = 'checkout.session.async_payment_succeeded';

  constructor(
    private readonly confirmation: PaymentConfirmation,
    private readonly orders: OrderSettlement,
    private readonly reviews: PaymentReviews,
  ) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionAsyncPaymentSucceededEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const reported = reportedPayment(event.id, event.data.object);
    const { paymentIntentId, sessionId } = reported;
    if (paymentIntentId) {
      return this.confirmation.confirm(manager, { ...reported, paymentIntentId });
    }
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    // Money without a payment to show for it: somebody must look at Stripe's dashboard.
    await this.orders.markSessionEnded(manager, sessionId, 'complete');
    return this.reviews.open(manager, 'payment_not_required', order, {
      ...reported,
      objectId: sessionId,
    });
  }
}
