import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { type OrderInput, placeOrder } from './factories.js';
import type { TestApp } from './test-app.js';

/** An order that has been waiting for so many minutes, its first messages delivered. */
export async function waitingOrder(
  app: TestApp,
  minutes: number,
  input: OrderInput = {},
): Promise<OrderResponse> {
  const order = await placeOrder(app, input);
  await app.drain();
  await app.age(order.id, minutes);
  return order;
}

/** What the host's scheduler does; answers how many orders were reminded. */
export async function tickReminders(app: TestApp): Promise<number> {
  const answer = await app.http
    .get('/api/cron/payment-reminders')
    .set('authorization', `Bearer ${app.config.access.cronSecret}`)
    .expect(200);
  return (answer.body as { processed: number }).processed;
}

/** Orders written by SQL, for numbers that would take HTTP too long: pending, link open, so many minutes old. */
export async function insertWaitingOrders(
  app: TestApp,
  count: number,
  minutes: number,
): Promise<string[]> {
  const rows = await app.sql<{ id: string }>(
    `WITH product AS (
       INSERT INTO products (sku, brand, model, unit_amount, currency, stock)
       VALUES ('BULK-' || gen_random_uuid(), 'Michelin', 'Primacy 4', 12995, 'eur', 1)
       RETURNING id, sku
     ), customer AS (
       INSERT INTO customers (phone_number, first_name)
       SELECT '+59069' || lpad((nextval('order_number_seq') + 1000000)::text, 7, '0'), 'Aline'
         FROM generate_series(1, $1)
       RETURNING id
     ), placed AS (
       INSERT INTO orders (order_number, customer_id, currency, total_amount, stripe_session_id, created_at)
       SELECT 'GC-2026-' || lpad(nextval('order_number_seq')::text, 6, '0'), id, 'eur', 25990,
              'cs_test_bulk_' || id, now() - make_interval(mins => $2)
         FROM customer
       RETURNING id, stripe_session_id
     ), item AS (
       INSERT INTO order_items (order_id, position, product_id, sku, brand, model, quantity, unit_amount, line_amount)
       SELECT placed.id, 1, product.id, product.sku, 'Michelin', 'Primacy 4', 2, 12995, 25990
         FROM placed CROSS JOIN product
     ), session AS (
       INSERT INTO checkout_sessions (order_id, attempt, idempotency_key, params, status, stripe_session_id, url, expires_at)
       SELECT id, 1, 'bulk:' || id, '{}', 'open', stripe_session_id,
              'https://checkout.stripe.com/c/pay/' || stripe_session_id,
              now() - make_interval(mins => $2) + interval '23 hours 55 minutes'
         FROM placed
     )
     SELECT id FROM placed`,
    [count, minutes],
  );
  return rows.map(({ id }) => id);
}
