import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { SessionSettlement } from '../session-settlement.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** The money of a delayed method did not come. */
@Injectable()
export class CheckoutSessionAsyncPaymentFailedHandler extends StripeEventHandler<Stripe.CheckoutSessionAsyncPaymentFailedEvent> {
  override readonly type = 'checkout.session.async_payment_failed';

  constructor(private readonly settlement: SessionSettlement) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionAsyncPaymentFailedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.settlement.failed(manager, event.id, event.data.object);
  }
}
