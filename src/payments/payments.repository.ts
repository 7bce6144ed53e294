import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import { OrderArchive } from '../retention/archive.service.js';
import { Payment } from './payment.entity.js';
import { type HandledEvent, idOf } from './stripe-event-handlers/stripe-event.handler.js';
import { insertEvent, isEarlyDispute, lockIntent, TAKE_EVENT } from './stripe-inbox.sql.js';

export type NewPayment = Pick<
  Payment,
  'orderId' | 'stripePaymentIntentId' | 'stripeSessionId' | 'amount' | 'currency'
>;

/** What has gone of a payment, after the step that answered it; amounts in minor units. */
export interface MoneyGone {
  /** By this step. */
  readonly addedAmount: number;
  readonly refundedAmount: number;
  readonly lostAmount: number;
  /** Nothing is left of it. */
  readonly isWhole: boolean;
}

const GONE = `p.refunded_amount AS "refundedAmount", p.lost_amount AS "lostAmount",
  p.refunded_amount + p.lost_amount >= p.amount AS "isWhole"`;

const NOTE_EVENT = `${insertEvent({
  outcome: '$8',
  reason: '$9',
  orderId: '$10::uuid',
  ifKnown: 'skip',
})} RETURNING id`;

/** $1 to $7 of an event's row in the inbox. */
export function inboxRow(event: Stripe.Event): unknown[] {
  const object = event.data.object as { id?: string; payment_intent?: string | { id: string } };
  return [
    event.id,
    event.type,
    object.id ?? null,
    event.api_version,
    event.livemode,
    event.created,
    idOf(object.payment_intent ?? null),
  ];
}

@Injectable()
export class PaymentsRepository {
  constructor(private readonly archive: OrderArchive) {}

  /**
   * For an event whose order was not found: puts it back from the archive, where it is known there by
   * the event's own object or the payment that belongs to. False: it is none of ours.
   */
  async bringBackOrder(manager: EntityManager, event: Stripe.Event): Promise<boolean> {
    const object = event.data.object as { id?: string; payment_intent?: string | { id: string } };
    const names = [object.id, idOf(object.payment_intent ?? null)];
    return this.archive.bringBack(
      manager,
      names.filter((name) => name != null),
    );
  }

  /** First statement of an event's transaction. False: this event is known (or being applied right now). */
  async insertEvent(manager: EntityManager, event: Stripe.Event): Promise<boolean> {
    const rows = await rowsOf(manager, TAKE_EVENT, inboxRow(event));
    return rows.length > 0;
  }

  /** An event that changes nothing, in one statement. False: it is known. */
  async noteEvent(
    manager: EntityManager,
    event: Stripe.Event,
    { outcome, reason, orderId }: HandledEvent,
  ): Promise<boolean> {
    const given = [...inboxRow(event), outcome, reason, orderId ?? null];
    const rows = await rowsOf(manager, NOTE_EVENT, given);
    return rows.length > 0;
  }

  /** Until the end of the transaction: whoever else speaks of this payment waits, and sees what was done. */
  async lockIntent(manager: EntityManager, stripePaymentIntentId: string): Promise<void> {
    await manager.query(`SELECT ${lockIntent('$1')}`, [stripePaymentIntentId]);
  }

  /** Disputes whose event came before that of their payment, and found no order. */
  async findEarlyDisputes(
    manager: EntityManager,
    stripePaymentIntentId: string,
  ): Promise<{ eventId: string; disputeId: string }[]> {
    return rowsOf(
      manager,
      `SELECT id AS "eventId", object_id AS "disputeId" FROM stripe_events
        WHERE ${isEarlyDispute('$1')}`,
      [stripePaymentIntentId],
    );
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

  async findByOrder(manager: EntityManager, orderId: string): Promise<Payment | null> {
    return manager.findOneBy(Payment, { orderId });
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

  /** The sum given back so far, as Stripe counts it. Null: not more than was known. */
  async recordRefund(
    manager: EntityManager,
    orderId: string,
    refundedAmount: number,
  ): Promise<MoneyGone | null> {
    const [row] = await rowsOf<MoneyGone>(
      manager,
      `UPDATE payments p SET refunded_amount = least($2::int, p.amount), updated_at = now()
         FROM (SELECT id, refunded_amount FROM payments WHERE order_id = $1 FOR UPDATE) AS before
        WHERE p.id = before.id AND p.refunded_amount < least($2::int, p.amount)
       RETURNING p.refunded_amount - before.refunded_amount AS "addedAmount", ${GONE}`,
      [orderId, refundedAmount],
    );
    return row ?? null;
  }

  /** What a lost dispute has taken. Call once for each dispute. */
  async recordLoss(
    manager: EntityManager,
    orderId: string,
    amount: number,
  ): Promise<MoneyGone | null> {
    const [row] = await rowsOf<MoneyGone>(
      manager,
      `UPDATE payments p SET lost_amount = least(p.lost_amount + $2::int, p.amount), updated_at = now()
        WHERE p.order_id = $1
       RETURNING $2::int AS "addedAmount", ${GONE}`,
      [orderId, amount],
    );
    return row ?? null;
  }
}
