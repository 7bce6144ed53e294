import { GOODS_AS_JSON, lockGoods, takeGoods } from '../catalog/stock.sql.js';
import { MAXIMUM_CHARGE_AMOUNT, MINIMUM_CHARGE_AMOUNT } from '../common/money.js';
import { rememberCustomer } from '../customers/customer.sql.js';
import { writeIntent } from './checkout-intent.sql.js';
import { sessionParamsOf } from './checkout-session-params.sql.js';
import { countUnpaid } from './unpaid-orders.sql.js';

/**
 * Where unpaid orders are capped: $1 phone number, $2 prefix, $3 limit. The version of the customer's
 * row says, at the time of writing, whether an order has come since.
 */
export const COUNT_UNPAID = `
WITH caller AS (
  SELECT id, xmin::text AS version FROM customers WHERE phone_number = $1
), ${countUnpaid({ customerId: '(SELECT id FROM caller)', prefix: '$2', limit: '$3' })}
SELECT (SELECT id FROM caller) AS "customerId", (SELECT version FROM caller) AS "customerVersion",
       row_to_json(unpaid) AS unpaid
  FROM unpaid`;

/** The counter never restarts; it leaves a gap where a transaction is rolled back. */
const ORDER_NUMBER = `
(SELECT 'GC-' || to_char(now() AT TIME ZONE $12, 'YYYY') || '-'
              || lpad(n, greatest(6, length(n)), '0')
   FROM (SELECT nextval('order_number_seq')::text AS n) AS number)`;

/** The intent that comes with the order; its writer calls Stripe. */
export const FIRST_INTENT = { attempt: 1, calls: 1, announcement: 'order_confirmation' } as const;

/**
 * A new order whole, or nothing, in one statement. Customer: $1 id, $2 phone number, $3 first name,
 * $4 last name, $5 e-mail, $6 locale. Order: $7 id, and its lines, $8 skus and $9 quantities. Intent:
 * $10 what its parameters say of any order, $11 minutes that the link lives. $12 time zone of the shop,
 * $13 Idempotency-Key or null; where capped, $14 version of the customer's row or null.
 *
 * Prices and names are those of the rows it has locked. Locks are always taken in this order: the
 * customer, where unpaid orders of a number are capped, so that of two orders of one number the later is
 * counted anew; the products; the key; the customer. A statement sees other tables as they were when it
 * began, but a row it locks as it is. Where anything is not as it must be, `ready` has no row and neither
 * has anything that follows: no customer, no stock taken, no intent in the answer, only the products, or
 * that another order has `overtaken` this one since its number was counted.
 *
 * The link's end is by the clock that all instances share.
 */
const place = (asked: { readonly keyed: boolean; readonly capped: boolean }): string => `
WITH ${
  asked.capped
    ? `caller AS (
  SELECT xmin::text AS version FROM customers WHERE id = $1::uuid FOR NO KEY UPDATE
), counted AS (
  SELECT WHERE $14::text IS NULL OR EXISTS (SELECT FROM caller WHERE version = $14)
),`
    : ''
}${lockGoods({
  skus: '$8::text[]',
  quantities: '$9::int[]',
  ...(asked.capped && { after: 'counted' }),
})}, sold AS (
  SELECT sum(quantity::bigint * unit_amount) AS total, min(currency) AS currency
    FROM goods
  HAVING count(*) FILTER (WHERE stock >= quantity) = cardinality($8::text[])
     AND min(currency) = max(currency)
     AND sum(quantity::bigint * unit_amount)
         BETWEEN ${MINIMUM_CHARGE_AMOUNT} AND ${MAXIMUM_CHARGE_AMOUNT}
), ${
  asked.keyed
    ? `ready AS (
  SELECT sold.* FROM sold, idempotency_keys k
   WHERE k.key = $13 AND k.order_id IS NULL FOR UPDATE OF k
), bound AS (
  UPDATE idempotency_keys SET order_id = $7::uuid FROM ready WHERE key = $13 AND order_id IS NULL
)`
    : `ready AS (
  SELECT * FROM sold WHERE $13::text IS NULL
)`
}, taken AS (${takeGoods(', ready')}
), remembered AS (${rememberCustomer({
  from: 'ready',
  id: '$1',
  isRead: asked.capped,
  phoneNumber: '$2',
  firstName: '$3',
  lastName: '$4',
  email: '$5',
  locale: '$6',
})}
), placed AS (
  INSERT INTO orders (id, order_number, customer_id, currency, total_amount)
  SELECT $7::uuid, ${ORDER_NUMBER}, remembered.id, currency, total FROM ready, remembered
  RETURNING id, order_number, customer_id, currency, total_amount
), lines AS (
  INSERT INTO order_items
         (order_id, position, product_id, sku, brand, model, quantity, unit_amount, line_amount)
  SELECT placed.id, position, goods.id, sku, brand, model, quantity, unit_amount,
         quantity * unit_amount
    FROM placed, goods
), told AS (
  INSERT INTO order_events (order_id, type, data)
  SELECT id, 'order.placed', jsonb_build_object('totalAmount', total_amount, 'currency', currency)
    FROM placed
), intent AS (${writeIntent({
  from: 'placed, (SELECT now() + make_interval(mins => $11) AS ends_at) AS link',
  orderId: 'placed.id',
  attempt: `${FIRST_INTENT.attempt}`,
  params: sessionParamsOf({
    common: '$10::jsonb',
    order: 'placed',
    lines: 'goods',
    expiresAt: 'link.ends_at',
  }),
  expiresAt: 'link.ends_at',
  announcement: `'${FIRST_INTENT.announcement}'`,
  leased: 'true',
})}
)
SELECT intent.id, intent."idempotencyKey", intent.params, placed.order_number AS "orderNumber",
       remembered.id AS "customerId", remembered.first_name AS "firstName", remembered.last_name AS "lastName",
       remembered.email, ${GOODS_AS_JSON} AS products,
       ${asked.capped ? 'NOT EXISTS (SELECT FROM counted)' : 'false'} AS overtaken
  FROM (SELECT) AS answer
  LEFT JOIN intent ON true
  LEFT JOIN placed ON true
  LEFT JOIN remembered ON true`;

export const PLACE = place({ keyed: false, capped: false });
export const PLACE_KEYED = place({ keyed: true, capped: false });
export const PLACE_CAPPED = place({ keyed: false, capped: true });
export const PLACE_KEYED_CAPPED = place({ keyed: true, capped: true });
