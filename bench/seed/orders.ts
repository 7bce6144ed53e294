import type pg from 'pg';

/** Enough of each never to run out. */
const STOCK = 1_000_000_000;
export const PRODUCTS = 500;

/** Articles `TYRE-1` to `TYRE-500`. */
export async function seedProducts(database: pg.Client): Promise<void> {
  await database.query(
    `INSERT INTO products (sku, brand, model, unit_amount, currency, stock)
     SELECT 'TYRE-' || n, 'Michelin', 'Primacy ' || n, 9900 + n, 'eur', ${STOCK}
       FROM generate_series(1, ${PRODUCTS}) AS n`,
  );
}

export type OrderKind = 'open' | 'due' | 'finished';

/** No more finished orders than these lie in a year. */
const A_YEAR = 5_000_000;

/**
 * A due order has waited for five to eight hours (a million of them takes not three), a finished one
 * for up to a year. Both come in the order of their age, as orders do: so they lie in every index.
 */
const CREATED: Readonly<Record<OrderKind, string>> = {
  open: `now() - interval '1 minute'`,
  due: `now() - interval '8 hours' + n * interval '10 milliseconds'`,
  finished: `now() - interval '365 days' + n % ${A_YEAR} * interval '6.25 seconds'`,
};

/** A UUID of version 7, as the application gives its orders. */
const TIME_ORDERED_ID = `(lpad(to_hex((extract(epoch FROM created_at) * 1000)::bigint), 12, '0') || '7'
  || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;

/**
 * So many orders as the application writes them, two lines each, in bulk: waiting for their payment,
 * overdue, or paid and collected long ago. `from` keeps numbers and sessions apart: give another range
 * each time. A customer has about ten orders.
 */
export async function seedOrders(
  database: pg.Client,
  kind: OrderKind,
  count: number,
  from: number,
): Promise<void> {
  // The rows name each other rightly: to look each foreign key up would take longer than to write them.
  await database.query(`SET session_replication_role = replica`);
  // In parts, which PostgreSQL need not keep in memory at once.
  for (let done = 0; done < count; done += PART) {
    await seedPart(database, kind, Math.min(PART, count - done), from + done);
  }
  await database.query(`SET session_replication_role = DEFAULT`);
  // Not the tables that are still empty: known to be so, they would be planned for as empty for long.
  await database.query(
    `VACUUM ANALYZE customers, orders, order_items, checkout_sessions, order_events, notifications`,
  );
}

const PART = 250_000;

async function seedPart(
  database: pg.Client,
  kind: OrderKind,
  count: number,
  from: number,
): Promise<void> {
  const isFinished = kind === 'finished';
  await database.query(
    `CREATE TEMP TABLE seeded ON COMMIT PRESERVE ROWS AS
     SELECT n, ${TIME_ORDERED_ID} AS id, created_at, 'GC-SEED-' || n AS order_number,
            'cs_test_seed_' || n AS session_id,
            '+590690' || lpad((n / 10 % 1000000)::text, 6, '0') AS phone_number
       FROM generate_series(${from}, ${from + count - 1}) AS n,
            LATERAL (SELECT ${CREATED[kind]} AS created_at) AS placed`,
  );
  await database.query(
    `INSERT INTO customers (phone_number, first_name)
     SELECT DISTINCT phone_number, 'Aline' FROM seeded
     ON CONFLICT (phone_number) DO NOTHING`,
  );
  await database.query(
    `INSERT INTO orders (id, order_number, customer_id, currency, total_amount, stripe_session_id,
                         created_at, updated_at, status, payment_status, paid_at, picked_up_at,
                         reminder_sent)
     SELECT s.id, s.order_number, c.id, 'eur', 29703, s.session_id, s.created_at, s.created_at,
            ${isFinished ? `'picked_up', 'paid', s.created_at, s.created_at, n % 3 = 0` : `'pending', 'pending', NULL, NULL, false`}
       FROM seeded s JOIN customers c USING (phone_number)`,
  );
  await database.query(
    `INSERT INTO order_items (order_id, position, product_id, sku, brand, model, quantity,
                              unit_amount, line_amount)
     SELECT s.id, line.position, p.id, p.sku, p.brand, p.model, line.position, p.unit_amount,
            line.position * p.unit_amount
       FROM seeded s
      CROSS JOIN (VALUES (1), (2)) AS line (position)
       JOIN products p ON p.sku = 'TYRE-1'`,
  );
  await database.query(
    `INSERT INTO checkout_sessions (order_id, attempt, idempotency_key, params, status,
                                    stripe_session_id, url, expires_at, announcement, created_at)
     SELECT id, 1, 'cs:' || id || ':1', '{}', ${isFinished ? `'complete'` : `'open'`}, session_id,
            'http://127.0.0.1/c/pay/' || session_id, created_at + interval '23 hours',
            'order_confirmation', created_at
       FROM seeded`,
  );
  await database.query(
    `INSERT INTO order_events (order_id, type, created_at)
     SELECT id, 'order.placed', created_at FROM seeded`,
  );
  await database.query(
    `INSERT INTO notifications (order_id, customer_id, kind, channel, status, params, attempts,
                                provider_id, sent_at, created_at)
     SELECT o.id, o.customer_id, 'order_confirmation', 'whatsapp', 'sent', '{}', 1,
            'SM' || md5(o.id::text), o.created_at, o.created_at
       FROM seeded s JOIN orders o USING (id)`,
  );
  await database.query(`DROP TABLE seeded`);
}

/** An order of `seedOrders` that waits for its payment. */
export interface OpenOrder {
  readonly id: string;
  readonly sessionId: string;
  /** Minor units. */
  readonly totalAmount: number;
}

export async function findOpenOrders(database: pg.Client): Promise<OpenOrder[]> {
  const { rows } = await database.query<OpenOrder>(
    `SELECT id, stripe_session_id AS "sessionId", total_amount AS "totalAmount" FROM orders
      WHERE status = 'pending' AND payment_status = 'pending' ORDER BY order_number`,
  );
  return rows;
}

/** The due orders of `seedOrders` as they were before a sweep. */
export async function makeDueAgain(database: pg.Client): Promise<void> {
  await database.query(`TRUNCATE reminder_steps`);
  await database.query(`DELETE FROM notifications WHERE kind = 'payment_reminder'`);
  await database.query(`UPDATE orders SET reminder_sent = false WHERE status = 'pending'`);
  await database.query(`VACUUM ANALYZE orders, notifications`);
}
