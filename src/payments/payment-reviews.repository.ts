import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import { HELD_MONEY, PaymentReview, type PaymentReviewReason } from './payment-review.entity.js';

export type NewReview = Omit<PaymentReview, 'id' | 'refundedAmount' | 'createdAt' | 'resolvedAt'>;

@Injectable()
export class PaymentReviewsRepository {
  /** False: this object is under review for this reason already. */
  async insert(manager: EntityManager, review: NewReview): Promise<boolean> {
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

  /** The order of a payment that was not placed but put before a person. */
  async findOrderId(manager: EntityManager, stripePaymentIntentId: string): Promise<string | null> {
    const review = await manager.findOne(PaymentReview, {
      select: { orderId: true },
      where: { objectId: stripePaymentIntentId },
    });
    return review?.orderId ?? null;
  }

  /** Money of this order that waits for a person, or did; an open review first. */
  async findHeldMoney(
    manager: EntityManager,
    orderId: string,
    stripePaymentIntentId: string,
  ): Promise<PaymentReview | null> {
    return manager.findOne(PaymentReview, {
      where: { orderId, objectId: stripePaymentIntentId, reason: In(HELD_MONEY) },
      order: { resolvedAt: { direction: 'ASC', nulls: 'FIRST' } },
    });
  }

  /**
   * The sum of such money given back so far, as Stripe counts it; whole: no person is needed any more.
   * A captured sum that no event had told is known from now on. Answers what was added, or null when
   * that is nothing.
   */
  async recordRefund(
    manager: EntityManager,
    stripePaymentIntentId: string,
    { refundedAmount, paidAmount }: { refundedAmount: number; paidAmount: number },
  ): Promise<number | null> {
    const [row] = await rowsOf<{ addedAmount: number }>(
      manager,
      `UPDATE payment_reviews r
          SET refunded_amount = $2,
              actual_amount = coalesce(r.actual_amount, $3),
              resolved_at = CASE WHEN $2 >= $3 THEN coalesce(r.resolved_at, now())
                                 ELSE r.resolved_at END
         FROM (SELECT id, refunded_amount FROM payment_reviews
                WHERE object_id = $1 AND reason = ANY ($4::text[]) FOR UPDATE) AS before
        WHERE r.id = before.id AND before.refunded_amount < $2
       RETURNING r.refunded_amount - before.refunded_amount AS "addedAmount"`,
      [stripePaymentIntentId, refundedAmount, paidAmount, HELD_MONEY],
    );
    return row?.addedAmount ?? null;
  }

  /** False: it was not open. */
  async resolve(
    manager: EntityManager,
    reasons: readonly PaymentReviewReason[],
    objectId: string,
  ): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `UPDATE payment_reviews SET resolved_at = now()
        WHERE reason = ANY ($1::text[]) AND object_id = $2 AND resolved_at IS NULL
       RETURNING id`,
      [reasons, objectId],
    );
    return rows.length > 0;
  }

  async hasOpenDispute(manager: EntityManager, orderId: string): Promise<boolean> {
    const [row] = await rowsOf(
      manager,
      `SELECT FROM payment_reviews
        WHERE order_id = $1 AND reason = 'disputed' AND resolved_at IS NULL`,
      [orderId],
    );
    return row !== undefined;
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
}
