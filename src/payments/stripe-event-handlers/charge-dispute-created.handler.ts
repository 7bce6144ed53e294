import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { PaymentDisputes } from '../payment-disputes.service.js';
import { type HandledEvent, StripeEventHandler } from './stripe-event.handler.js';

/** The customer's bank asks for the money back: a person must answer it in Stripe's dashboard. */
@Injectable()
export class ChargeDisputeCreatedHandler extends StripeEventHandler<Stripe.ChargeDisputeCreatedEvent> {
  override readonly type = 'charge.dispute.created';

  constructor(private readonly disputes: PaymentDisputes) {
    super();
  }

  override async apply(
    event: Stripe.ChargeDisputeCreatedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    return this.disputes.open(manager, event.id, event.data.object);
  }
}
