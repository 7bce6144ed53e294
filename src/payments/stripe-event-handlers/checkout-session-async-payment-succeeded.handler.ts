import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { PaymentConfirmation } from '../payment-confirmation.service.js';
import { reportedPayment } from './reported-payment.js';
import { type HandledEvent, ignored, StripeEventHandler } from './stripe-event.handler.js';

/** The money of a delayed method has arrived. */
@Injectable()
export class CheckoutSessionAsyncPaymentSucceededHandler extends StripeEventHandler<Stripe.CheckoutSessionAsyncPaymentSucceededEvent> {
  override readonly type = 'checkout.session.async_payment_succeeded';

  constructor(private readonly confirmation: PaymentConfirmation) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionAsyncPaymentSucceededEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const { paymentIntentId, ...reported } = reportedPayment(event.id, event.data.object);
    if (!paymentIntentId) return ignored('without_payment_intent');
    return this.confirmation.confirm(manager, { ...reported, paymentIntentId });
  }
}
