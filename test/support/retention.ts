import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { ARCHIVED_TABLES } from '../../src/retention/archive.sql.js';
import { payOrder, placeOrder, readOrder, type OrderInput } from './factories.js';
import { collectableOrder } from './pickup.js';
import type { TestApp } from './test-app.js';

/** What the scheduler of a host calls; answers how much was dealt with. */
export async function applyRetention(app: TestApp, baseUrl = app.url): Promise<number> {
  const answer = await fetch(`${baseUrl}/api/cron/apply-retention`, {
    headers: { authorization: `Bearer ${app.config.access.cronSecret}` },
  });
  if (answer.status !== 200) throw new Error(`apply-retention answered ${answer.status}`);
  const body = (await answer.json()) as { success: boolean; processed: number };
  if (!body.success) throw new Error('apply-retention did not succeed');
  return body.processed;
}

/** Every instant of an order and of what hangs on it. */
const INSTANTS: Readonly<Record<string, readonly string[]>> = {
  orders: ['created_at', 'updated_at', 'paid_at', 'picked_up_at', 'cancelled_at'],
  order_events: ['created_at'],
  checkout_sessions: ['created_at', 'updated_at', 'expires_at', 'next_attempt_at', 'next_check_at'],
  payments: ['created_at', 'updated_at'],
  payment_reviews: ['created_at', 'resolved_at'],
  refunds: ['created_at', 'updated_at', 'next_attempt_at'],
  stripe_events: ['created_at', 'received_at'],
  notifications: ['created_at', 'updated_at', 'available_at', 'sent_at'],
  reminder_steps: ['created_at'],
  pickup_passes: ['created_at', 'redeemed_at'],
  idempotency_keys: ['created_at', 'locked_until'],
};

/** As if so many months had passed for this order alone. */
export async function ageMonths(app: TestApp, orderId: string, months: number): Promise<void> {
  for (const [table, columns] of Object.entries(INSTANTS)) {
    const older = columns.map((name) => `${name} = ${name} - make_interval(months => $2)`);
    const key = table === 'orders' ? 'id' : 'order_id';
    await app.sql(`UPDATE ${table} SET ${older.join(', ')} WHERE ${key} = $1`, [orderId, months]);
  }
  // After a day nobody asks any more what became of a message.
  await app.sql(`UPDATE notifications SET delivery_check_at = NULL WHERE order_id = $1`, [orderId]);
}

export interface CollectedOrder {
  readonly order: OrderResponse;
  readonly token: string;
  readonly intentId: string;
}

/** Placed, paid, every message delivered, and collected at the counter. */
export async function collectedOrder(
  app: TestApp,
  input: OrderInput = {},
): Promise<CollectedOrder> {
  const { order, token } = await collectableOrder(app, input);
  await app.as('counter').post('/api/pickups').send({ token }).expect(200);
  const intentId = app.doubles.stripe.paymentIntentOf(order.stripeSessionId!).id;
  return { order: await readOrder(app, order.id), token, intentId };
}

/** Placed, cancelled, and its messages sent. */
export async function cancelledOrder(app: TestApp, input: OrderInput = {}): Promise<OrderResponse> {
  const order = await placeOrder(app, input);
  await app.as('admin').post(`/api/orders/${order.id}/cancel`).expect(200);
  await app.doubles.stripe.deliverPending();
  await settleMessages(app);
  return readOrder(app, order.id);
}

export async function paidAndTold(app: TestApp): Promise<OrderResponse> {
  const order = await payOrder(app, await placeOrder(app));
  await settleMessages(app);
  return order;
}

/** Sent, and everything heard of it. */
export async function settleMessages(app: TestApp): Promise<void> {
  await app.drain();
  await app.doubles.twilio.settled();
}

/** Where the order is now. */
export async function placeOf(app: TestApp, orderId: string): Promise<string[]> {
  const rows = await app.sql<{ place: string }>(
    `SELECT 'live' AS place FROM orders WHERE id = $1
      UNION ALL SELECT 'archive' FROM archived_orders WHERE id = $1`,
    [orderId],
  );
  return rows.map(({ place }) => place);
}

/** Rows of every table, live and archived together, and the money in them: moving changes none of it. */
export async function holdings(app: TestApp): Promise<Record<string, number>> {
  const sums = Object.keys(ARCHIVED_TABLES).map(
    (table) => `'${table}', (SELECT count(*) FROM ${table})
      + (SELECT coalesce(sum(jsonb_array_length(records -> '${table}')), 0) FROM archived_orders)`,
  );
  const [row] = await app.sql<{ held: Record<string, number> }>(
    `SELECT json_build_object(${sums.join(', ')},
       'orders', (SELECT count(*) FROM orders) + (SELECT count(*) FROM archived_orders),
       'notifications', (SELECT count(*) FROM notifications)
                        + (SELECT count(*) FROM archived_notifications),
       'total', (SELECT coalesce(sum(total_amount), 0) FROM orders)
                + (SELECT coalesce(sum(total_amount), 0) FROM archived_orders),
       'paid', (SELECT coalesce(sum(amount), 0) FROM payments)
               + (SELECT coalesce(sum(paid_amount), 0) FROM archived_orders),
       'refunded', (SELECT coalesce(sum(refunded_amount), 0) FROM payments)
                   + (SELECT coalesce(sum(refunded_amount), 0) FROM archived_orders)) AS held`,
  );
  return row!.held;
}

/** So many cancelled orders of one customer, each with a line, a first event and a message, two years old. */
export async function oldOrders(
  app: TestApp,
  customerOf: OrderResponse,
  count: number,
): Promise<void> {
  await app.sql(
    `WITH o AS (
       INSERT INTO orders (order_number, customer_id, status, payment_status, currency, total_amount,
                           created_at, updated_at, cancelled_at, cancel_reason)
       SELECT 'GC-OLD-' || n, $1, 'cancelled', 'failed', 'eur', 100 + n,
              at, at, at, 'payment_link_expired'
         FROM generate_series(1, $2::int) AS n,
              LATERAL (SELECT now() - interval '2 years' - make_interval(mins => n) AS at) AS age
       RETURNING id, total_amount, customer_id, created_at
     ), i AS (
       INSERT INTO order_items (order_id, position, product_id, sku, brand, model, quantity,
                                unit_amount, line_amount)
       SELECT o.id, 1, p.id, p.sku, p.brand, p.model, 1, o.total_amount, o.total_amount
         FROM o, (SELECT * FROM products LIMIT 1) AS p
     ), e AS (
       INSERT INTO order_events (order_id, type, created_at) SELECT id, 'order.placed', created_at FROM o
     )
     INSERT INTO notifications (order_id, customer_id, kind, channel, status, params, created_at, updated_at)
     SELECT id, customer_id, 'order_confirmation', 'whatsapp', 'sent', '{}', created_at, created_at FROM o`,
    [customerOf.customer.id, count],
  );
}
