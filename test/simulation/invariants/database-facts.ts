import type { DatabaseFacts } from './facts.js';

/** Runs one statement on the application's database and answers its rows. */
export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

const STATEMENTS: Readonly<Record<keyof DatabaseFacts, string>> = {
  orders: `SELECT id, status, payment_status AS "paymentStatus", total_amount AS "totalAmount",
                  currency, paid_at AS "paidAt" FROM orders ORDER BY created_at, id`,
  history: `SELECT order_id AS "orderId", type FROM order_events ORDER BY id`,
  sessions: `SELECT order_id AS "orderId", attempt, status, stripe_session_id AS "stripeSessionId"
               FROM checkout_sessions ORDER BY order_id, attempt`,
  payments: `SELECT order_id AS "orderId", stripe_payment_intent_id AS "intentId", amount,
                    refunded_amount AS "refundedAmount", lost_amount AS "lostAmount", currency
               FROM payments ORDER BY created_at`,
  reviews: `SELECT order_id AS "orderId", reason, object_id AS "objectId",
                   actual_amount AS amount, refunded_amount AS "refundedAmount", actual_currency AS currency,
                   resolved_at IS NOT NULL AS resolved FROM payment_reviews ORDER BY created_at`,
  inbox: `SELECT id, type, outcome FROM stripe_events ORDER BY received_at, id`,
  messages: `SELECT id::text AS id, order_id AS "orderId", kind, slot, channel, status, attempts,
                    ambiguous, provider_id AS "providerId",
                    coalesce(not_after <= now(), false) AS stale FROM notifications ORDER BY id`,
  reminderSteps: `SELECT order_id AS "orderId", step_minutes AS "stepMinutes" FROM reminder_steps
                   ORDER BY created_at`,
  products: `SELECT sku, stock FROM products ORDER BY sku`,
  lines: `SELECT order_id AS "orderId", sku, quantity FROM order_items ORDER BY order_id, position`,
};

/** One statement, so all of it is as of one instant. */
export async function readDatabaseFacts(query: Query): Promise<DatabaseFacts> {
  const [row] = await query(
    `SELECT ${Object.entries(STATEMENTS)
      .map(([name, sql]) => `(SELECT coalesce(json_agg(t), '[]') FROM (${sql}) t) AS "${name}"`)
      .join(', ')}`,
  );
  const facts = row as unknown as DatabaseFacts;
  return {
    ...facts,
    orders: facts.orders.map((order) => ({
      ...order,
      paidAt: order.paidAt ? new Date(order.paidAt) : null,
    })),
  };
}
