import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { RefundOutcomes } from '../refund-outcomes.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** A refund that was pending has come to its end. */
@Injectable()
export class RefundUpdatedHandler extends StripeEventHandler<Stripe.RefundUpdatedEvent> {
  override readonly type = 'refund.updated';

  constructor(private readonly outcomes: RefundOutcomes) {
    super();
  }

  override async apply(
    event: Stripe.RefundUpdatedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.outcomes.settle(manager, event.id, event.data.object);
  }
}
