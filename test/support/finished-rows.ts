import type { TestApp } from './test-app.js';

/** The tables that grow with every order. */
export const BIG_TABLES = [
  'customers',
  'orders',
  'order_items',
  'order_events',
  'checkout_sessions',
  'payments',
  'stripe_events',
  'notifications',
  'reminder_steps',
  'pickup_passes',
] as const;

/**
 * So many orders of the last year that nobody waits for any more, one customer for ten, with all that
 * belongs to them, written by SQL; and the statistics that a database of some age has of them.
 */
export async function insertFinishedOrders(app: TestApp, count: number): Promise<void> {
  await app.sql(
    `WITH product AS (
       INSERT INTO products (sku, brand, model, unit_amount, currency, stock)
       VALUES ('OLD-' || gen_random_uuid(), 'Michelin', 'Primacy 4', 12995, 'eur', 1)
       RETURNING id, sku
     ), customer AS (
       INSERT INTO customers (phone_number, first_name)
       SELECT '+59691' || lpad(g::text, 7, '0'), 'Bob' FROM generate_series(0, $1 / 10) g
       RETURNING id, right(phone_number, 7)::int AS place
     ), placed AS (
       INSERT INTO orders (order_number, customer_id, status, payment_status, currency, total_amount,
                           stripe_session_id, reminder_sent, created_at, paid_at, cancelled_at)
       SELECT 'GC-2025-' || lpad(g::text, 6, '0'), customer.id,
              CASE g % 5 WHEN 0 THEN 'cancelled' ELSE 'picked_up' END,
              CASE WHEN g % 5 = 0 THEN 'pending' WHEN g % 199 = 0 THEN 'refunded' ELSE 'paid' END,
              'eur', 25990, 'cs_test_old_' || g, g % 3 = 0, at,
              CASE WHEN g % 5 <> 0 THEN at END, CASE WHEN g % 5 = 0 THEN at END
         FROM generate_series(1, $1) g
         JOIN customer ON customer.place = g / 10
        CROSS JOIN LATERAL (SELECT now() - interval '2 days' - g * interval '25 minutes' AS at) age
       RETURNING *
     ), item AS (
       INSERT INTO order_items (order_id, position, product_id, sku, brand, model, quantity, unit_amount, line_amount)
       SELECT placed.id, 1, product.id, product.sku, 'Michelin', 'Primacy 4', 2, 12995, 25990
         FROM placed CROSS JOIN product
     ), told AS (
       INSERT INTO order_events (order_id, type, created_at)
       SELECT id, type, created_at FROM placed CROSS JOIN unnest(ARRAY['placed', 'paid']) AS type
     ), session AS (
       INSERT INTO checkout_sessions (order_id, attempt, idempotency_key, params, status, stripe_session_id, expires_at, created_at)
       SELECT id, 1, 'old:' || id, '{}', CASE status WHEN 'cancelled' THEN 'expired' ELSE 'complete' END,
              stripe_session_id, created_at + interval '23 hours 55 minutes', created_at
         FROM placed
     ), payment AS (
       INSERT INTO payments (order_id, stripe_payment_intent_id, stripe_session_id, amount, currency)
       SELECT id, 'pi_old_' || id, stripe_session_id, total_amount, 'eur'
         FROM placed WHERE paid_at IS NOT NULL
     ), event AS (
       INSERT INTO stripe_events (id, type, object_id, livemode, outcome, order_id, created_at, received_at)
       SELECT 'evt_old_' || id, 'checkout.session.completed', stripe_session_id, false, 'applied', id,
              created_at, created_at
         FROM placed
     ), pass AS (
       INSERT INTO pickup_passes (order_id, secret, redeemed_at)
       SELECT id, '\\x00', paid_at FROM placed WHERE paid_at IS NOT NULL
     ), step AS (
       INSERT INTO reminder_steps (order_id, step_minutes) SELECT id, 60 FROM placed WHERE reminder_sent
     )
     INSERT INTO notifications (order_id, customer_id, kind, channel, status, params, attempts,
                                available_at, provider_id, delivery_status, sent_at, created_at)
     SELECT id, customer_id, kind, 'whatsapp', 'sent', '{}', 1, created_at, 'SM' || kind || id,
            'delivered', created_at, created_at
       FROM placed CROSS JOIN unnest(ARRAY['order_confirmation', 'payment_thank_you']) AS kind`,
    [count],
  );
  await app.sql('ANALYZE');
}
