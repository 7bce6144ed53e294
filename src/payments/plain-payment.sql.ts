import { cancelPaymentRequests } from '../notifications/cancel-unsent.sql.js';
import { enqueue } from '../notifications/enqueue.sql.js';
import { messageParams } from '../orders/order-facts.sql.js';
import { orderPaid } from '../orders/order-paid.sql.js';
import { issuePass } from '../pickup/pickup-passes.sql.js';
import { HELD_MONEY } from './payment-review.entity.js';
import { insertEvent, isEarlyDispute, lockIntent } from './stripe-inbox.sql.js';

/**
 * What is known before an event is applied: whether it was applied, whose payment intent $3 is, and the
 * order of the Checkout Session $2. Locks nothing, so an order may change right after; an event that
 * is known stays known, and so does a payment.
 */
export const LOOK = `
SELECT EXISTS (SELECT FROM stripe_events e WHERE e.id = $1) AS "isKnown",
       p.order_id AS "paidOrderId", o.id AS "orderId", o.order_number AS "orderNumber", o.status,
       o.payment_status AS "paymentStatus", o.currency, o.total_amount AS "totalAmount"
  FROM (SELECT) AS event
  LEFT JOIN checkout_sessions s ON s.stripe_session_id = $2
  LEFT JOIN orders o ON o.id = s.order_id
  LEFT JOIN payments p ON p.stripe_payment_intent_id = $3`;

/**
 * The lock of the order ($1) and then, if it still waits for its money, that of the payment intent ($2):
 * in this order, as everywhere. Nothing else is read here: a statement that has waited for a lock sees
 * other tables as they were before.
 */
export const LOCK = `
WITH held AS MATERIALIZED (
  SELECT status, payment_status FROM orders WHERE id = $1 FOR UPDATE
)
SELECT CASE WHEN status = 'pending' AND payment_status = 'pending'
            THEN ${lockIntent('$2')}::text END AS locked
  FROM held`;

const KNOWN_REVIEWS = [...HELD_MONEY, 'refund_without_payment'];

/**
 * Everything that a plain payment changes, under the locks of LOCK: the event's row in the inbox with its
 * outcome, and only if that is new order and timeline, sessions, requests for money, the payment, the
 * pickup code, the messages. It takes the place of some 20 statements of the general road.
 *
 * A row: it was done. None: nothing was, because the event has come before, or something was told since
 * LOOK that makes it no plain payment. $1 to $7 is the event's row in the inbox, $8 its order, $9 the
 * session, $10 the secret of the pickup code, $11 and $12 the channel plan.
 */
export const CONFIRM = `
WITH waiting AS (
  SELECT id FROM orders
   WHERE id = $8 AND status = 'pending' AND payment_status = 'pending'
     AND NOT EXISTS (SELECT FROM payments WHERE order_id = $8)
     AND NOT EXISTS (SELECT FROM payments WHERE stripe_payment_intent_id = $7)
     AND NOT EXISTS (SELECT FROM payment_reviews
                      WHERE object_id = $7 AND reason = ANY ('{${KNOWN_REVIEWS.join()}}'::text[]))
     AND NOT EXISTS (SELECT FROM stripe_events WHERE ${isEarlyDispute('$7')})
), event AS (${insertEvent({
  from: 'waiting',
  outcome: `'applied'`,
  reason: `'payment_confirmed'`,
  orderId: 'waiting.id',
})}), plain AS (
  SELECT order_id AS id FROM event
), ${orderPaid({ plain: 'plain', sessionId: '$9', paymentIntentId: '$7' })}, called_back AS (
  ${cancelPaymentRequests({ orderId: '(SELECT id FROM changed)' })}
), paid AS (
  INSERT INTO payments (order_id, stripe_payment_intent_id, stripe_session_id, amount, currency)
  SELECT id, $7, $9, total_amount, currency FROM changed
), issued AS (${issuePass({ orders: 'changed', secret: '$10' })}
), facts AS MATERIALIZED (
  SELECT id AS order_id, customer_id,
         ${messageParams({ order: 'changed', paymentUrl: 'NULL', paymentExpiresAt: 'NULL' })} AS params
    FROM changed
), message AS (
  SELECT facts.order_id, facts.customer_id, m.kind, '' AS slot, facts.params,
         NULL::timestamptz AS not_after, m.place
    FROM facts, (VALUES ('payment_thank_you', 1), ('pickup_qr', 2)) AS m (kind, place)
), enqueued AS (${enqueue({ messages: 'message AS m', kinds: '$11', channels: '$12' })}
)
SELECT id FROM changed`;
