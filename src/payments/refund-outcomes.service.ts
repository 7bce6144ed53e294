import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import { PaymentReviewsRepository } from './payment-reviews.repository.js';
import { PaymentReviews } from './payment-reviews.service.js';
import { PaymentsRepository } from './payments.repository.js';
import { RefundsRepository } from './refunds.repository.js';
import {
  applied,
  type HandledEvent,
  idOf,
  ignored,
} from './stripe-event-handlers/stripe-event.handler.js';

/** Days after a refund was made the bank may say that it could not take the money. */
@Injectable()
export class RefundOutcomes {
  constructor(
    private readonly orders: OrderSettlement,
    private readonly refunds: RefundsRepository,
    private readonly payments: PaymentsRepository,
    private readonly reviewRows: PaymentReviewsRepository,
    private readonly reviews: PaymentReviews,
  ) {}

  /**
   * Call inside the event's transaction. A failed refund, made here or in the dashboard, goes to a
   * person: Stripe has the money again, the customer was told that it comes. Idempotent per refund.
   */
  async settle(
    manager: EntityManager,
    eventId: string,
    refund: Stripe.Refund,
  ): Promise<HandledEvent> {
    const isFailed = refund.status === 'failed' || refund.status === 'canceled';
    if (!isFailed && refund.status !== 'succeeded') return ignored('refund_pending');
    const order = await this.lockOrder(manager, refund);
    if (!order) return ignored('unknown_order');
    const status = isFailed ? 'failed' : 'succeeded';
    const reason = isFailed ? (refund.failure_reason ?? `refund_${refund.status}`) : null;
    const isNew = await this.refunds.change(manager, refund.id, status, reason);
    if (!isFailed) {
      return isNew ? applied('refund_succeeded', order.id) : ignored('already_applied', order.id);
    }
    const { amount, currency } = refund;
    return this.reviews.open(manager, 'refund_failed', order, {
      eventId,
      paymentIntentId: idOf(refund.payment_intent),
      objectId: refund.id,
      amount,
      currency,
    });
  }

  private async lockOrder(
    manager: EntityManager,
    refund: Stripe.Refund,
  ): Promise<LockedOrder | null> {
    const ours = await this.refunds.findByStripeId(manager, refund.id);
    const intentId = idOf(refund.payment_intent);
    const orderId =
      ours?.orderId ??
      (intentId &&
        ((await this.payments.findOrderIdByIntent(manager, intentId)) ??
          (await this.reviewRows.findOrderId(manager, intentId))));
    return this.orders.lock(manager, { sessionId: null, orderId });
  }
}
