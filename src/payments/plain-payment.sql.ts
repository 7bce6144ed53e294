import { cancelPaymentRequests } from '../notifications/cancel-unsent.sql.js';
import { enqueue } from '../notifications/enqueue.sql.js';
import { messageParams } from '../orders/order-facts.sql.js';
import { orderPaid } from '../orders/order-paid.sql.js';
import { issuePass } from '../pickup/pickup-passes.sql.js';
import { HELD_MONEY } from './payment-review.entity.js';
import { isEarlyDispute, lockIntent, TAKE_EVENT } from './stripe-inbox.sql.js';

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
 * The inbox row ($1 to $7), then the lock of the order ($8), then, if it still waits for its money, that
 * of the payment intent ($7): in this order, as everywhere. No row: the event is known. Nothing else may
 * be read here: a statement that waited for a lock sees other tables as they were before.
 */
export const TAKE = `
WITH taken AS (${TAKE_EVENT}
), held AS (
  SELECT o.status, o.payment_status FROM taken, orders o WHERE o.id = $8 FOR UPDATE OF o
)
SELECT taken.id,
       CASE WHEN held.status = 'pending' AND held.payment_status = 'pending'
            THEN ${lockIntent('$7')}::text END AS locked
  FROM taken LEFT JOIN held ON true`;

const KNOWN_REVIEWS = [...HELD_MONEY, 'refund_without_payment'];

/**
 * Everything that a plain payment changes, after TAKE in the same transaction: order and timeline, its
 * sessions, requests for money, the payment, the pickup code, the messages, the outcome in the inbox.
 * A row: it was done. None: the event is known, or something was told meanwhile that makes it no plain
 * payment; nothing is changed then.
 *
 * $1 event, $2 order, $3 session, $4 payment intent, $5 secret of the pickup code, $6 and $7 the
 * channel plan. It takes the place of the 16 statements of PaymentConfirmation.
 */
export const CONFIRM = `
WITH plain AS (
  SELECT o.id
    FROM stripe_events e, orders o
   WHERE e.id = $1 AND e.outcome IS NULL
     AND o.id = $2 AND o.status = 'pending' AND o.payment_status = 'pending'
     AND NOT EXISTS (SELECT FROM payments WHERE order_id = $2)
     AND NOT EXISTS (SELECT FROM payments WHERE stripe_payment_intent_id = $4)
     AND NOT EXISTS (SELECT FROM payment_reviews
                      WHERE object_id = $4 AND reason = ANY ('{${KNOWN_REVIEWS.join()}}'::text[]))
     AND NOT EXISTS (SELECT FROM stripe_events WHERE ${isEarlyDispute('$4')})
), ${orderPaid({ plain: 'plain', sessionId: '$3', paymentIntentId: '$4' })}, called_back AS (
  ${cancelPaymentRequests({ orderId: '(SELECT id FROM changed)' })}
), paid AS (
  INSERT INTO payments (order_id, stripe_payment_intent_id, stripe_session_id, amount, currency)
  SELECT id, $4, $3, total_amount, currency FROM changed
), issued AS (${issuePass({ orders: 'changed', secret: '$5' })}
), message AS (
  SELECT changed.id AS order_id, changed.customer_id, m.kind, '' AS slot,
         ${messageParams({ order: 'changed', paymentUrl: 'NULL', paymentExpiresAt: 'NULL' })} AS params,
         NULL::timestamptz AS not_after, m.place
    FROM changed, (VALUES ('payment_thank_you', 1), ('pickup_qr', 2)) AS m (kind, place)
), enqueued AS (${enqueue({ messages: 'message AS m', kinds: '$6', channels: '$7' })}
)
UPDATE stripe_events
   SET outcome = 'applied', reason = 'payment_confirmed', order_id = changed.id
  FROM changed
 WHERE stripe_events.id = $1
RETURNING stripe_events.id`;
