import { enqueue } from '../notifications/enqueue.sql.js';
import { orderChange } from './order-change.sql.js';
import { messageParams } from './order-facts.sql.js';

/**
 * Stripe's answer to an intent; the members are SQL. The status is `open` only for an intent that
 * still waits and is to be paid (`wanted`); one that nobody waits for any more is closed next.
 */
export const sessionCreated = (sql: {
  readonly from?: string;
  readonly intentId: string;
  readonly stripeSessionId: string;
  readonly url: string;
  readonly expiresAt: string;
  readonly wanted: string;
}): string => `
UPDATE checkout_sessions AS cs
   SET status = CASE WHEN cs.status = 'creating' AND ${sql.wanted} THEN 'open' ELSE 'closing' END,
       stripe_session_id = ${sql.stripeSessionId}, url = ${sql.url}, expires_at = ${sql.expiresAt},
       last_error = NULL, calls = 0, next_attempt_at = now(),
       next_check_at = now() + interval '5 minutes', updated_at = now()
  ${sql.from === undefined ? '' : `FROM ${sql.from}`}
 WHERE cs.id = ${sql.intentId}
   AND (cs.status = 'creating' OR (cs.status = 'abandoned' AND cs.stripe_session_id IS NULL))
RETURNING cs.order_id, cs.status, cs.stripe_session_id`;

/**
 * All that follows Stripe's answer, in one statement instead of a transaction of seven: $1 order,
 * $2 intent, $3 session, $4 URL, $5 expiry, $6 whether Stripe calls it open, $7 the timeline's data,
 * $8 the message that carries the link (or null), $9 its slot, $10 its end, $11 and $12 the channels.
 *
 * The order's row is locked first, as everywhere, and decides by its newest version; no row of
 * `marked` is touched before. A session that an event has settled meanwhile, or whose order no longer
 * waits, opens nothing: then nobody is told and no row comes back.
 */
const storeOpening = (items?: string): string => `
WITH locked AS (
  SELECT id, status FROM orders WHERE id = $1 FOR UPDATE
), marked AS (${sessionCreated({
  from: 'locked',
  intentId: '$2',
  stripeSessionId: '$3',
  url: '$4',
  expiresAt: '$5::timestamptz',
  wanted: `($6::boolean AND locked.status = 'pending')`,
})}
), ${orderChange({
  from: 'marked',
  where: `orders.id = marked.order_id AND marked.status = 'open'`,
  stripeSessionId: 'marked.stripe_session_id',
  event: `'checkout_session.opened'`,
  data: '$7::jsonb',
})}, announced AS (${enqueue({
  messages: `(SELECT changed.id, changed.customer_id, $8::text, $9::text,
                     ${messageParams({
                       order: 'changed',
                       paymentUrl: '$4::text',
                       paymentExpiresAt: '$5::timestamptz',
                       ...(items !== undefined && { items }),
                     })},
                     $10::timestamptz, 1
                FROM changed)
             AS m (order_id, customer_id, kind, slot, params, not_after, place)`,
  kinds: '$11',
  channels: '$12',
})}
)
SELECT status, payment_status AS "paymentStatus", reminder_sent AS "reminderSent",
       created_at AS "createdAt", updated_at AS "updatedAt", paid_at AS "paidAt",
       cancelled_at AS "cancelledAt", cancel_reason AS "cancelReason",
       $5::timestamptz > now() AS "isLive"
  FROM changed`;

export const STORE_OPENING = storeOpening();
/** With $13, what the message says of the lines, by whoever has just written them. */
export const STORE_OPENING_OF_LINES = storeOpening('$13::jsonb');
