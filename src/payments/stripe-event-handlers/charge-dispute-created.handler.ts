import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { PaymentReviews } from '../payment-reviews.service.js';
import { PaymentsRepository } from '../payments.repository.js';
import { type HandledEvent, idOf, ignored, StripeEventHandler } from './stripe-event.handler.js';

/** The customer's bank asks for the money back: a person must answer it in Stripe's dashboard. */
@Injectable()
export class ChargeDisputeCreatedHandler extends StripeEventHandler<Stripe.ChargeDisputeCreatedEvent> {
  override readonly type = 'charge.dispute.created';

  constructor(
    private readonly orders: OrderSettlement,
    private readonly payments: PaymentsRepository,
    private readonly reviews: PaymentReviews,
  ) {
    super();
  }

  override async apply(
    event: Stripe.ChargeDisputeCreatedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const dispute = event.data.object;
    const paymentIntentId = idOf(dispute.payment_intent);
    const orderId = paymentIntentId ? await this.orderOf(manager, paymentIntentId) : null;
    const order = await this.orders.lock(manager, { sessionId: null, orderId });
    if (!order) return ignored('unknown_order');
    return this.reviews.open(manager, 'disputed', order, {
      eventId: event.id,
      paymentIntentId,
      objectId: dispute.id,
      amount: dispute.amount,
      currency: dispute.currency,
    });
  }

  /** A second payment may be disputed too. */
  private async orderOf(manager: EntityManager, paymentIntentId: string): Promise<string | null> {
    return (
      (await this.payments.findOrderIdByIntent(manager, paymentIntentId)) ??
      (await this.payments.findReviewedOrderId(manager, paymentIntentId))
    );
  }
}
