import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { SessionSettlement } from '../session-settlement.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** The customer has finished on Stripe's page: paid, or, with a delayed method, promised to pay. */
@Injectable()
export class CheckoutSessionCompletedHandler extends StripeEventHandler<Stripe.CheckoutSessionCompletedEvent> {
  override readonly type = 'checkout.session.completed';

  constructor(private readonly settlement: SessionSettlement) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionCompletedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.settlement.complete(manager, event.id, event.data.object);
  }
}
