import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import { PaymentReview } from './payment-review.entity.js';
import { Payment } from './payment.entity.js';
import type { HandledEvent } from './stripe-event-handlers/stripe-event.handler.js';

export type NewPayment = Pick<
  Payment,
  'orderId' | 'stripePaymentIntentId' | 'stripeSessionId' | 'amount' | 'currency'
>;
export type NewReview = Omit<PaymentReview, 'id' | 'createdAt' | 'resolvedAt'>;

@Injectable()
export class PaymentsRepository {
  /** First statement of an event's transaction. False: this event is known (or being applied right now). */
  async insertEvent(manager: EntityManager, event: Stripe.Event): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `INSERT INTO stripe_events (id, type, object_id, api_version, livemode, created_at)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6))
       ON CONFLICT (id) DO NOTHING
       RETURNING id`,
      [
        event.id,
        event.type,
        (event.data.object as { id?: string }).id ?? null,
        event.api_version,
        event.livemode,
        event.created,
      ],
    );
    return rows.length > 0;
  }

  async recordOutcome(
    manager: EntityManager,
    eventId: string,
    { outcome, reason, orderId }: HandledEvent,
  ): Promise<void> {
    await manager.query(
      `UPDATE stripe_events SET outcome = $2, reason = $3, order_id = $4 WHERE id = $1`,
      [eventId, outcome, reason, orderId ?? null],
    );
  }

  /** The order's payment, and the one with this payment intent: usually the same, or none. */
  async findRelated(
    manager: EntityManager,
    orderId: string,
    stripePaymentIntentId: string,
  ): Promise<Payment[]> {
    return manager.findBy(Payment, [{ orderId }, { stripePaymentIntentId }]);
  }

  async findOrderIdByIntent(
    manager: EntityManager,
    stripePaymentIntentId: string,
  ): Promise<string | null> {
    const payment = await manager.findOne(Payment, {
      select: { orderId: true },
      where: { stripePaymentIntentId },
    });
    return payment?.orderId ?? null;
  }

  /** The order of a payment that was not placed but put before a person. */
  async findReviewedOrderId(
    manager: EntityManager,
    stripePaymentIntentId: string,
  ): Promise<string | null> {
    const review = await manager.findOne(PaymentReview, {
      select: { orderId: true },
      where: { objectId: stripePaymentIntentId },
    });
    return review?.orderId ?? null;
  }

  async insert(manager: EntityManager, payment: NewPayment): Promise<void> {
    await manager.insert(Payment, payment);
  }

  async rememberSession(
    manager: EntityManager,
    id: string,
    stripeSessionId: string,
  ): Promise<void> {
    await manager.update(Payment, { id }, { stripeSessionId });
  }

  /** The sum given back so far, as Stripe counts it. False: not more than was known. */
  async recordRefund(
    manager: EntityManager,
    orderId: string,
    refundedAmount: number,
  ): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `UPDATE payments SET refunded_amount = $2, updated_at = now()
        WHERE order_id = $1 AND refunded_amount < $2
       RETURNING id`,
      [orderId, refundedAmount],
    );
    return rows.length > 0;
  }

  /** A refund whose payment is not known yet grows like any other. */
  async raiseEarlyRefund(
    manager: EntityManager,
    stripePaymentIntentId: string,
    refundedAmount: number,
  ): Promise<void> {
    await manager.query(
      `UPDATE payment_reviews SET actual_amount = greatest(actual_amount, $2)
        WHERE reason = 'refund_without_payment' AND object_id = $1 AND resolved_at IS NULL`,
      [stripePaymentIntentId, refundedAmount],
    );
  }

  /** What was given back, in minor units, before the payment itself was known; no person is needed for it then. */
  async takeEarlyRefund(manager: EntityManager, stripePaymentIntentId: string): Promise<number> {
    const [row] = await rowsOf<{ amount: number }>(
      manager,
      `UPDATE payment_reviews SET resolved_at = now()
        WHERE reason = 'refund_without_payment' AND object_id = $1 AND resolved_at IS NULL
       RETURNING actual_amount AS amount`,
      [stripePaymentIntentId],
    );
    return row?.amount ?? 0;
  }

  /** False: this object is under review for this reason already. */
  async insertReview(manager: EntityManager, review: NewReview): Promise<boolean> {
    const { identifiers } = await manager
      .createQueryBuilder()
      .insert()
      .into(PaymentReview)
      .values(review)
      .orIgnore()
      .returning('id')
      .execute();
    return identifiers[0] !== undefined;
  }
}
