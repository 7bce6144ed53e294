import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { notePaymentAttempt } from './payment-intent-note.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** Stripe gave a payment attempt up, with its session as a rule. */
@Injectable()
export class PaymentIntentCanceledHandler extends StripeEventHandler<Stripe.PaymentIntentCanceledEvent> {
  override readonly type = 'payment_intent.canceled';

  constructor(private readonly orders: OrderSettlement) {
    super();
  }

  override async apply(
    event: Stripe.PaymentIntentCanceledEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return notePaymentAttempt(this.orders, manager, event.data.object, 'payment.canceled');
  }
}
