import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { SessionSettlement } from '../session-settlement.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** The link died unpaid. */
@Injectable()
export class CheckoutSessionExpiredHandler extends StripeEventHandler<Stripe.CheckoutSessionExpiredEvent> {
  override readonly type = 'checkout.session.expired';

  constructor(private readonly settlement: SessionSettlement) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionExpiredEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.settlement.expired(manager, event.id, event.data.object);
  }
}
