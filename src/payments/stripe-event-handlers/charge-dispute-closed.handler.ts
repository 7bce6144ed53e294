import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { PaymentDisputes } from '../payment-disputes.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** The bank has decided: for the shop, or for the customer. */
@Injectable()
export class ChargeDisputeClosedHandler extends StripeEventHandler<Stripe.ChargeDisputeClosedEvent> {
  override readonly type = 'charge.dispute.closed';

  constructor(private readonly disputes: PaymentDisputes) {
    super();
  }

  override async apply(
    event: Stripe.ChargeDisputeClosedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.disputes.close(manager, event.id, event.data.object);
  }
}
