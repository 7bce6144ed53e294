/** Every table whose rows hang on one order and are kept with it, and how they are sorted there. */
export const ARCHIVED_TABLES = {
  order_items: 'position',
  order_events: 'id',
  checkout_sessions: 'attempt',
  payments: 'created_at',
  payment_reviews: 'created_at',
  refunds: 'created_at',
  stripe_events: 'received_at',
  reminder_steps: 'step_minutes',
  pickup_passes: 'created_at',
} as const;

const TABLES = Object.keys(ARCHIVED_TABLES) as (keyof typeof ARCHIVED_TABLES)[];

/** The start of the oldest year that is kept; $n is RETENTION_ARCHIVE_YEARS, 0: every year is. */
export const OLDEST_KEPT = (years: string): string =>
  `CASE WHEN ${years}::int = 0 THEN '-infinity'::timestamptz
        ELSE (date_trunc('year', now() AT TIME ZONE 'UTC') - make_interval(years => ${years}::int))
             AT TIME ZONE 'UTC' END`;

/**
 * Locks the next finished orders behind ($1 created at, $2 id): $3 months without a change, $4 years the
 * archive keeps, $5 most rows. Only columns of `orders` are asked, so the index on (created_at, id) is
 * walked once a run; another instance's rows are skipped. A paid order that nobody has collected is not
 * finished, however old: the goods are owed.
 */
export const LOCK_FINISHED = `
SELECT o.id, o.created_at::text AS "createdAt"
  FROM orders o
 WHERE (o.created_at, o.id) > ($1::timestamptz, $2::uuid)
   AND o.created_at < now() - make_interval(months => $3::int)
   AND o.created_at >= ${OLDEST_KEPT('$4')}
   AND o.updated_at < now() - make_interval(months => $3::int)
   AND (o.status IN ('picked_up', 'cancelled') OR o.payment_status = 'refunded')
   AND o.payment_status NOT IN ('pending', 'processing')
 ORDER BY o.created_at, o.id
 LIMIT $5
   FOR UPDATE SKIP LOCKED`;

/** Longer than an event can still come again: Stripe delivers for 3 days and lists for 30. */
const QUIET = `interval '90 days'`;

/** Nothing hangs on the order any more that somebody waits for. */
const IS_AT_REST = `
  NOT EXISTS (SELECT FROM payment_reviews r WHERE r.order_id = o.id AND r.resolved_at IS NULL)
  AND NOT EXISTS (SELECT FROM refunds r
                   WHERE r.order_id = o.id AND r.status IN ('creating', 'pending'))
  AND NOT EXISTS (SELECT FROM checkout_sessions s
                   WHERE s.order_id = o.id
                     AND (s.status IN ('creating', 'open', 'closing') OR s.next_check_at IS NOT NULL))
  AND NOT EXISTS (SELECT FROM notifications n
                   WHERE n.order_id = o.id
                     AND (n.status IN ('queued', 'sending') OR n.delivery_check_at IS NOT NULL))
  AND NOT EXISTS (SELECT FROM stripe_events e
                   WHERE e.order_id = o.id AND e.received_at > now() - ${QUIET})`;

/** By an array: a join would be planned for a tenth of the table. */
const OF_CHOSEN = `ANY (ARRAY(SELECT id FROM chosen))`;

const deletedRows = TABLES.map(
  (table) => `${table}_rows AS (DELETE FROM ${table} WHERE order_id = ${OF_CHOSEN} RETURNING *)`,
).join(', ');

/** A client's key has run out by then; kept, it could stand in the way of the same key used anew. */
const kept = (table: string): string =>
  table === 'refunds' ? `to_jsonb(r) - '{client_key,client_request_hash}'::text[]` : 'to_jsonb(r)';

const records = TABLES.map(
  (table) =>
    `'${table}', (SELECT coalesce(jsonb_agg(${kept(table)} ORDER BY r.${ARCHIVED_TABLES[table]}), '[]')
                    FROM ${table}_rows r WHERE r.order_id = c.id)`,
).join(', ');

/** The columns that an archived message keeps. */
export const MESSAGE_COLUMNS = `id, order_id, customer_id, kind, slot, channel, status, attempts,
  provider_id, delivery_status, error_code, failed_provider_ids, sent_at, created_at, updated_at`;

const ORDER_COLUMNS = `id, order_number, customer_id, status, payment_status, currency, total_amount,
  stripe_session_id, reminder_sent, created_at, updated_at, paid_at, picked_up_at, cancelled_at,
  cancel_reason`;

/**
 * Moves those of the locked orders ($1 ids) that are at rest, with everything that hangs on them: one
 * statement, so a row is here or there and never in both. Foreign keys are checked at its end. Run after
 * LOCK_FINISHED and not with it: under the lock no row can be added to the order, and this later snapshot
 * sees those that were added before.
 */
export const MOVE_ORDERS = `
WITH chosen AS MATERIALIZED (
  SELECT o.* FROM orders o WHERE o.id = ANY ($1::uuid[]) AND ${IS_AT_REST}
), ${deletedRows},
used_keys AS (DELETE FROM idempotency_keys WHERE order_id = ${OF_CHOSEN}),
messages AS (DELETE FROM notifications WHERE order_id = ${OF_CHOSEN} RETURNING *),
told AS (
  INSERT INTO archived_notifications (${MESSAGE_COLUMNS}) SELECT ${MESSAGE_COLUMNS} FROM messages
), names AS (
  SELECT id::text AS name, id AS order_id FROM chosen
   UNION SELECT order_number, id FROM chosen
   UNION SELECT stripe_session_id, order_id FROM checkout_sessions_rows
   UNION SELECT stripe_payment_intent_id, order_id FROM payments_rows
   UNION SELECT stripe_payment_intent_id, order_id FROM refunds_rows
   UNION SELECT stripe_refund_id, order_id FROM refunds_rows
   UNION SELECT object_id, order_id FROM payment_reviews_rows
   UNION SELECT id::text, order_id FROM pickup_passes_rows
), named AS (
  INSERT INTO archived_order_names (name, order_id, created_at)
  SELECT n.name, c.id, c.created_at FROM names n JOIN chosen c ON c.id = n.order_id
   WHERE n.name IS NOT NULL
  ON CONFLICT (name, order_id) DO UPDATE SET created_at = excluded.created_at
), gone AS (
  DELETE FROM orders WHERE id = ${OF_CHOSEN}
)
INSERT INTO archived_orders (${ORDER_COLUMNS}, paid_amount, refunded_amount, lost_amount, records)
SELECT c.id, c.order_number, c.customer_id, c.status, c.payment_status, c.currency, c.total_amount,
       c.stripe_session_id, c.reminder_sent, c.created_at, c.updated_at, c.paid_at, c.picked_up_at,
       c.cancelled_at, c.cancel_reason,
       coalesce(p.amount, 0), coalesce(p.refunded_amount, 0), coalesce(p.lost_amount, 0),
       jsonb_build_object(${records})
  FROM chosen c
  LEFT JOIN payments_rows p ON p.order_id = c.id
RETURNING id`;

const restored = TABLES.map(
  (table) => `${table}_rows AS (
  INSERT INTO ${table}
  SELECT r.* FROM taken, jsonb_populate_recordset(NULL::${table}, taken.records -> '${table}') AS r)`,
).join(', ');

/** Puts an archived order ($1 id, $2 created at) back where it was, row for row; its messages stay. */
export const TAKE_BACK = `
WITH taken AS (
  DELETE FROM archived_orders WHERE id = $1 AND created_at = $2::timestamptz RETURNING *
), order_row AS (
  INSERT INTO orders
  SELECT r.* FROM taken, jsonb_populate_record(NULL::orders, to_jsonb(taken)) AS r
), ${restored}
SELECT id, order_number AS "orderNumber" FROM taken`;
