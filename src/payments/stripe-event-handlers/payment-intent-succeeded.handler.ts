import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { PaymentConfirmation } from '../payment-confirmation.service.js';
import {
  type HandledEvent,
  ignored,
  orderIdIn,
  StripeEventHandler,
} from './stripe-event.handler.js';

/** The money itself has arrived; usually the session's event says so too, before or after this one. */
@Injectable()
export class PaymentIntentSucceededHandler extends StripeEventHandler<Stripe.PaymentIntentSucceededEvent> {
  override readonly type = 'payment_intent.succeeded';

  constructor(private readonly confirmation: PaymentConfirmation) {
    super();
  }

  override async apply(
    event: Stripe.PaymentIntentSucceededEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const intent = event.data.object;
    const orderId = orderIdIn(intent.metadata);
    if (!orderId) return ignored('unknown_order');
    return this.confirmation.confirm(manager, {
      eventId: event.id,
      sessionId: null,
      orderId,
      paymentIntentId: intent.id,
      amount: intent.amount_received,
      currency: intent.currency,
    });
  }
}
