import { cancelPaymentRequests } from '../notifications/cancel-unsent.sql.js';
import { enqueuePlan } from '../notifications/enqueue.sql.js';
import { messageParams } from '../orders/order-facts.sql.js';
import { orderPaid } from '../orders/order-paid.sql.js';
import { issuePass } from '../pickup/pickup-passes.sql.js';
import { insertEvent, isEarlyDispute, lockIntent } from './stripe-inbox.sql.js';

/**
 * What is known before an event is applied: whether it was applied ($1), and whose payment intent $2 is.
 * Locks nothing; an event that is known stays known, and so does a payment.
 */
export const LOOK = `
SELECT EXISTS (SELECT FROM stripe_events WHERE id = $1) AS "isKnown",
       (SELECT order_id FROM payments WHERE stripe_payment_intent_id = $2) AS "paidOrderId"`;

/**
 * The locks that CONFIRM works under: that of the order that Stripe names ($2), if it waits for its money, and
 * then that of the payment intent ($3): in this order, as everywhere. And whether the event ($1) is known.
 * Nothing of what hangs on them is read here: a statement that has waited for a lock sees other tables as
 * they were before.
 */
export const LOCK = `
SELECT (SELECT ${lockIntent('$3')}::text
          FROM (SELECT FROM orders
                 WHERE id = $2 AND status = 'pending' AND payment_status = 'pending'
                   FOR UPDATE) AS waiting) AS locked,
       EXISTS (SELECT FROM stripe_events WHERE id = $1) AS "isKnown"`;

/** What CONFIRM tells the customer, in this order. */
export const PAID_MESSAGES = ['payment_thank_you', 'pickup_qr'] as const;

/**
 * Everything that a plain payment changes, under the locks of LOCK: order and timeline, the event's row in
 * the inbox with its outcome, sessions, requests for money, the payment, the pickup code, the messages. It
 * takes the place of some 20 statements of the general road.
 *
 * It does not look for what a unique key would stop anyway, which hardly ever happens: the event itself,
 * another payment of the order, the same payment of another one, a code, a message. Such a row fails the
 * whole of it (23505), whether it has long been there or is being written this moment.
 *
 * A row: it was done. None: nothing was, because it is no plain payment: its order does not wait for just
 * this sum, or did not when LOCK came by and so is not locked (a row's xmax is the transaction that locked
 * it), or its session is not known yet or another order's, or the payment was held, refunded or disputed
 * before. $1 to $7 is the event's row in the inbox, so that $3 is the session and $7 the payment intent; $8
 * and $9 are the sum, $10 the order, $11 the secret of the pickup code, $12 and $13 the channels of
 * PAID_MESSAGES.
 */
export const CONFIRM = `
WITH ${orderPaid({
  from: 'checkout_sessions AS paid_session',
  where: `
      orders.id = $10 AND paid_session.stripe_session_id = $3 AND paid_session.order_id = orders.id
  AND orders.status = 'pending' AND orders.payment_status = 'pending'
  AND orders.xmax = pg_current_xact_id_if_assigned()::xid
  AND orders.total_amount = $8::bigint AND orders.currency = $9
  AND NOT EXISTS (SELECT FROM payment_reviews WHERE object_id = $7)
  AND NOT EXISTS (SELECT FROM stripe_events WHERE ${isEarlyDispute('$7')})`,
  sessionId: '$3',
  paymentIntentId: '$7',
  returning: `orders.id, orders.order_number, orders.customer_id, orders.total_amount,
             orders.currency`,
})}, event AS (${insertEvent({
  from: 'changed',
  outcome: `'applied'`,
  reason: `'payment_confirmed'`,
  orderId: 'changed.id',
  ifKnown: 'fail',
})}), called_back AS (
  ${cancelPaymentRequests({ orderId: '(SELECT id FROM changed)' })}
), paid AS (
  INSERT INTO payments (order_id, stripe_payment_intent_id, stripe_session_id, amount, currency)
  SELECT id, $7, $3, total_amount, currency FROM changed
), issued AS (${issuePass({ orders: 'changed', secret: '$11', ifIssued: 'fail' })}
), facts AS MATERIALIZED (
  SELECT id AS order_id, customer_id,
         ${messageParams({ order: 'changed', paymentUrl: 'NULL', paymentExpiresAt: 'NULL' })} AS params
    FROM changed
), enqueued AS (${enqueuePlan({ order: 'facts', kinds: '$12', channels: '$13' })}
)
SELECT id AS "orderId", order_number AS "orderNumber" FROM changed`;
