import type { TestApp } from './test-app.js';

interface PaymentRow {
  intent: string;
  session: string | null;
  amount: number;
  refunded: number;
  currency: string;
}

interface ReviewRow {
  reason: string;
  object: string;
  event: string;
  expected: number;
  amount: number | null;
  currency: string | null;
}

/** What the database says of one order, in the words the tests compare. */
export interface OrderFacts {
  /** `status/payment_status` */
  readonly state: string;
  readonly sessionId: string | null;
  readonly cancelReason: string | null;
  readonly payments: readonly PaymentRow[];
  /** `attempt status`, oldest first. */
  readonly sessions: readonly string[];
  readonly timeline: readonly string[];
  /** `kind channel status`, oldest first. */
  readonly messages: readonly string[];
  readonly reviews: readonly ReviewRow[];
  readonly passes: number;
  /** `type outcome reason` of each event in the inbox that was found to be this order's. */
  readonly events: readonly string[];
}

export async function factsOf(app: TestApp, orderId: string): Promise<OrderFacts> {
  const read = <Row>(text: string): Promise<Row[]> => app.sql<Row>(text, [orderId]);
  const lines = async (text: string): Promise<string[]> =>
    (await read<{ line: string }>(text)).map(({ line }) => line);
  const [order] = await read<{ state: string; session: string | null; reason: string | null }>(
    `SELECT status || '/' || payment_status AS state, stripe_session_id AS session,
            cancel_reason AS reason FROM orders WHERE id = $1`,
  );
  const [passes] = await read<{ count: number }>(
    `SELECT count(*)::int AS count FROM pickup_passes WHERE order_id = $1`,
  );
  return {
    state: order!.state,
    sessionId: order!.session,
    cancelReason: order!.reason,
    payments: await read<PaymentRow>(
      `SELECT stripe_payment_intent_id AS intent, stripe_session_id AS session, amount,
              refunded_amount AS refunded, currency
         FROM payments WHERE order_id = $1 ORDER BY created_at`,
    ),
    sessions: await lines(
      `SELECT attempt || ' ' || status AS line FROM checkout_sessions WHERE order_id = $1
        ORDER BY attempt`,
    ),
    timeline: await lines(`SELECT type AS line FROM order_events WHERE order_id = $1 ORDER BY id`),
    messages: await lines(
      `SELECT kind || ' ' || channel || ' ' || status AS line FROM notifications
        WHERE order_id = $1 ORDER BY id`,
    ),
    reviews: await read<ReviewRow>(
      `SELECT reason, object_id AS object, stripe_event_id AS event, expected_amount AS expected,
              actual_amount AS amount, actual_currency AS currency
         FROM payment_reviews WHERE order_id = $1 ORDER BY created_at, reason`,
    ),
    passes: passes!.count,
    events: await lines(
      `SELECT type || ' ' || outcome || ' ' || reason AS line FROM stripe_events
        WHERE order_id = $1 ORDER BY received_at, id`,
    ),
  };
}

/** What became of one event: `outcome reason`, or null when the inbox does not have it. */
export async function outcomeOf(app: TestApp, eventId: string): Promise<string | null> {
  const [row] = await app.sql<{ line: string }>(
    `SELECT outcome || ' ' || reason AS line FROM stripe_events WHERE id = $1`,
    [eventId],
  );
  return row?.line ?? null;
}

const TABLES = [
  'customers',
  'products',
  'orders',
  'order_items',
  'order_events',
  'checkout_sessions',
  'payments',
  'payment_reviews',
  'refunds',
  'stripe_events',
  'stripe_event_cursors',
  'notifications',
  'channel_senders',
  'unreachable_numbers',
  'reminder_steps',
  'pickup_passes',
  'rate_limits',
  'archived_orders',
  'archived_order_names',
  'archived_notifications',
] as const;

/** A digest of every row of every table: the same before and after means that nothing was written. */
export async function databaseDigest(app: TestApp): Promise<Record<string, string>> {
  const digests = await Promise.all(
    TABLES.map(async (table) => {
      const [row] = await app.sql<{ digest: string }>(
        `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')
                AS digest FROM ${table} t`,
      );
      return [table, row!.digest] as const;
    }),
  );
  return Object.fromEntries(digests);
}
