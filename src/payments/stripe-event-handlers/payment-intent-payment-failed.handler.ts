import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { notePaymentAttempt } from './payment-intent-note.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** A card was declined on Stripe’s page. */
@Injectable()
export class PaymentIntentPaymentFailedHandler extends StripeEventHandler<Stripe.PaymentIntentPaymentFailedEvent> {
  override readonly type = 'payment_intent.payment_failed';

  constructor(private readonly orders: OrderSettlement) {
    super();
  }

  override async apply(
    event: Stripe.PaymentIntentPaymentFailedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return notePaymentAttempt(this.orders, manager, event.data.object, 'payment.declined');
  }
}
