import { type IfThere, onConflict } from '../common/if-there.sql.js';

/** The row of an event: $1 to $7, as inboxRow gives them. The other members are SQL. */
export const insertEvent = (sql: {
  readonly outcome: string;
  readonly reason: string;
  readonly orderId: string;
  /** Only if there is a row. */
  readonly from?: string;
  readonly ifKnown: IfThere;
}): string => `
INSERT INTO stripe_events (id, type, object_id, api_version, livemode, created_at, payment_intent_id,
                           outcome, reason, order_id)
SELECT $1, $2, $3, $4, $5::boolean, to_timestamp($6), $7, ${sql.outcome}, ${sql.reason}, ${sql.orderId}
  ${sql.from ? `FROM ${sql.from}` : ''}
${onConflict('id', sql.ifKnown)}`;

/** First statement of an event's transaction: what comes of it is not known yet. A row: it is new. */
export const TAKE_EVENT = `${insertEvent({
  outcome: 'NULL',
  reason: 'NULL',
  orderId: 'NULL::uuid',
  ifKnown: 'skip',
})} RETURNING id`;

/** Until the end of the transaction: whoever else speaks of this payment waits, and sees what was done. */
export const lockIntent = (stripePaymentIntentId: string): string =>
  `pg_advisory_xact_lock(hashtextextended(${stripePaymentIntentId}, 0))`;

/** A dispute whose event came before that of its payment, and found no order. */
export const isEarlyDispute = (stripePaymentIntentId: string): string => `
  payment_intent_id = ${stripePaymentIntentId} AND reason = 'unknown_order'
  AND type = 'charge.dispute.created'`;
