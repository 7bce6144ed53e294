import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { RefundOutcomes } from '../refund-outcomes.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** The bank could not take the money back. */
@Injectable()
export class RefundFailedHandler extends StripeEventHandler<Stripe.RefundFailedEvent> {
  override readonly type = 'refund.failed';

  constructor(private readonly outcomes: RefundOutcomes) {
    super();
  }

  override async apply(
    event: Stripe.RefundFailedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.outcomes.settle(manager, event.id, event.data.object);
  }
}
