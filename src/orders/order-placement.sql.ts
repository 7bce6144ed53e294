import { lockGoods, productsForSale, takeGoods } from '../catalog/stock.sql.js';
import { rememberCustomer } from '../customers/customer.sql.js';
import { writeIntent } from './checkout-intent.sql.js';
import { countUnpaid } from './unpaid-orders.sql.js';

/**
 * All that must be known before an order can be written, in one statement: $1 phone number, $2 skus,
 * $3 time zone of the shop, $4 minutes that a link lives; with caps $5 prefix and $6 limit.
 *
 * The order's number is taken here, since Stripe is told it with the order; its counter never restarts
 * and leaves a gap where an order is refused. The link's end is by the clock that all instances share.
 * The version of the customer's row says, at the time of writing, whether an order has come since.
 */
const quote = (capped: boolean): string => `
WITH number AS (
  SELECT nextval('order_number_seq')::text AS n
), caller AS (
  SELECT id, xmin::text AS version FROM customers WHERE phone_number = $1
)${
  capped
    ? `, ${countUnpaid({ customerId: '(SELECT id FROM caller)', prefix: '$5', limit: '$6' })}`
    : ''
}
SELECT 'GC-' || to_char(now() AT TIME ZONE $3, 'YYYY') || '-'
             || lpad(n, greatest(6, length(n)), '0') AS "orderNumber",
       now() + make_interval(mins => $4) AS "linkEndsAt",
       (SELECT id FROM caller) AS "customerId",
       (SELECT version FROM caller) AS "customerVersion",
       ${productsForSale('$2')} AS products,
       ${capped ? '(SELECT row_to_json(unpaid) FROM unpaid)' : 'NULL::json'} AS unpaid
  FROM number`;

export const QUOTE = quote(false);
export const QUOTE_WITH_CAPS = quote(true);

/**
 * A new order whole, or nothing, in one statement instead of a transaction of eight. Customer: $1 id,
 * $2 phone number, $3 first name, $4 last name, $5 e-mail, $6 locale, $7 version or null. Order: $8 id,
 * $9 number, $10 currency, $11 total, and its lines, $12 product ids, $13 skus, $14 brands, $15 models,
 * $16 quantities, $17 unit amounts. Intent: $18 parameters, $19 end. $20 Idempotency-Key or null.
 *
 * What the quote said is looked at again under locks, always in this order: the customer, where unpaid
 * orders of a number are capped ($7), so that of two orders of one number the later is counted anew; the
 * products; the key. A statement sees other tables as they were when it began, but a row it locks as it
 * is. Where anything is no longer so, `ready` has no row and neither has anything that follows: no
 * customer, no stock taken, no row in the answer.
 */
export const PLACE = `
WITH caller AS (
  SELECT xmin::text AS version FROM customers
   WHERE id = $1::uuid AND $7::text IS NOT NULL
     FOR NO KEY UPDATE
), counted AS (
  SELECT WHERE $7::text IS NULL OR EXISTS (SELECT FROM caller WHERE version = $7)
), ${lockGoods({
  after: 'counted',
  productIds: '$12::uuid[]',
  quantities: '$16::int[]',
  unitAmounts: '$17::int[]',
  currency: '$10::text',
})}, sold AS (
  SELECT FROM goods HAVING count(*) FILTER (WHERE sellable) = cardinality($12::uuid[])
), key AS (
  SELECT FROM sold, idempotency_keys k WHERE k.key = $20::text AND k.order_id IS NULL FOR UPDATE OF k
), ready AS (
  SELECT FROM sold WHERE $20::text IS NULL UNION ALL SELECT FROM key
), taken AS (${takeGoods(', ready')}
), remembered AS (${rememberCustomer({
  from: 'ready',
  id: '$1',
  phoneNumber: '$2',
  firstName: '$3',
  lastName: '$4',
  email: '$5',
  locale: '$6',
})}
), placed AS (
  INSERT INTO orders (id, order_number, customer_id, currency, total_amount)
  SELECT $8::uuid, $9, id, $10::text, $11::int FROM remembered
  RETURNING id
), lines AS (
  INSERT INTO order_items
         (order_id, position, product_id, sku, brand, model, quantity, unit_amount, line_amount)
  SELECT placed.id, l.position, l.product_id, l.sku, l.brand, l.model, l.quantity, l.unit_amount,
         l.quantity * l.unit_amount
    FROM placed,
         unnest($12::uuid[], $13::text[], $14::text[], $15::text[], $16::int[], $17::int[])
         WITH ORDINALITY AS l (product_id, sku, brand, model, quantity, unit_amount, position)
), told AS (
  INSERT INTO order_events (order_id, type, data)
  SELECT id, 'order.placed', jsonb_build_object('totalAmount', $11::int, 'currency', $10::text)
    FROM placed
), bound AS (
  UPDATE idempotency_keys SET order_id = placed.id
    FROM placed WHERE key = $20::text AND order_id IS NULL
), intent AS (${writeIntent({
  from: 'placed',
  orderId: 'placed.id',
  attempt: '1',
  params: '$18::jsonb',
  expiresAt: '$19::timestamptz',
  announcement: `'order_confirmation'`,
  leased: 'true',
})}
)
SELECT intent.*, remembered.first_name AS "firstName", remembered.last_name AS "lastName",
       remembered.email
  FROM intent, remembered`;
