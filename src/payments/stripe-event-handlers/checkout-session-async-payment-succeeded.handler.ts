import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { SessionSettlement } from '../session-settlement.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** The money of a delayed method has arrived. */
@Injectable()
export class CheckoutSessionAsyncPaymentSucceededHandler extends StripeEventHandler<Stripe.CheckoutSessionAsyncPaymentSucceededEvent> {
  override readonly type = 'checkout.session.async_payment_succeeded';

  constructor(private readonly settlement: SessionSettlement) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionAsyncPaymentSucceededEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.settlement.paid(manager, event.id, event.data.object);
  }
}
