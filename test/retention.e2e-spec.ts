import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { placeOrder, payOrder } from './support/factories.js';
import { askRefund } from './support/refunds.js';
import {
  ageMonths,
  applyRetention,
  cancelledOrder,
  collectedOrder,
  holdings,
  paidAndTold,
  placeOf,
  settleMessages,
} from './support/retention.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.logs.length = 0;
});

const failures = () => app.logs.filter(({ event }) => event === 'retention.part_failed');

async function expectPlace(orderId: string, place: 'live' | 'archive'): Promise<void> {
  await applyRetention(app);
  expect(failures()).toEqual([]);
  expect(await placeOf(app, orderId)).toEqual([place]);
}

describe('an order goes into the archive', () => {
  it('when it was collected and nothing has happened to it for 18 months', async () => {
    const { order } = await collectedOrder(app, { customer: { email: 'aline@example.com' } });
    await ageMonths(app, order.id, 17);
    await expectPlace(order.id, 'live');
    await ageMonths(app, order.id, 2);
    await expectPlace(order.id, 'archive');
  });

  it('when it was cancelled', async () => {
    const order = await cancelledOrder(app);
    await ageMonths(app, order.id, 19);
    await expectPlace(order.id, 'archive');
  });

  it('when all its money went back, although nobody has collected it', async () => {
    const order = await paidAndTold(app);
    await askRefund(app, order.id).expect(201);
    await app.doubles.stripe.deliverPending();
    await settleMessages(app);
    await ageMonths(app, order.id, 19);
    await expectPlace(order.id, 'archive');
  });

  it('with every row that hangs on it, and leaves none behind', async () => {
    const { order } = await collectedOrder(app);
    await ageMonths(app, order.id, 19);
    const before = await holdings(app);
    const eventsBefore = await app.sql(`SELECT FROM stripe_events WHERE order_id = $1`, [order.id]);
    expect(eventsBefore.length).toBeGreaterThan(0);
    await expectPlace(order.id, 'archive');
    expect(await holdings(app)).toEqual(before);
    const left = await app.sql(
      `SELECT 'items' FROM order_items WHERE order_id = $1
        UNION ALL SELECT 'events' FROM order_events WHERE order_id = $1
        UNION ALL SELECT 'sessions' FROM checkout_sessions WHERE order_id = $1
        UNION ALL SELECT 'payments' FROM payments WHERE order_id = $1
        UNION ALL SELECT 'inbox' FROM stripe_events WHERE order_id = $1
        UNION ALL SELECT 'messages' FROM notifications WHERE order_id = $1
        UNION ALL SELECT 'passes' FROM pickup_passes WHERE order_id = $1`,
      [order.id],
    );
    expect(left).toEqual([]);
  });
});

describe('an order stays', () => {
  it('while the goods are owed: paid, and not collected in ten years', async () => {
    const order = await paidAndTold(app);
    await ageMonths(app, order.id, 118);
    await expectPlace(order.id, 'live');
  });

  it('while it waits', async () => {
    const order = await placeOrder(app);
    await settleMessages(app);
    await ageMonths(app, order.id, 19);
    await expectPlace(order.id, 'live');
  });

  it.each([
    [
      'a payment waits for a person',
      `INSERT INTO payment_reviews
        (reason, object_id, order_id, stripe_event_id, expected_amount)
        VALUES ('disputed', 'du_' || $1::text, $1::uuid, 'evt_1', 1)`,
    ],
    [
      'a refund is under way',
      `INSERT INTO refunds
        (order_id, stripe_payment_intent_id, amount, currency, status, idempotency_key)
        VALUES ($1::uuid, 'pi_' || $1::text, 1, 'eur', 'pending', 'k' || $1::text)`,
    ],
    [
      'a message is still to leave',
      `INSERT INTO notifications
        (order_id, customer_id, kind, slot, channel, params, available_at)
        SELECT id, customer_id, 'payment_refunded', 'x', 'sms', '{}', now() + interval '1 day'
          FROM orders WHERE id = $1`,
    ],
    [
      'the fate of a message is asked for',
      `UPDATE notifications SET delivery_check_at = now()
        WHERE order_id = $1`,
    ],
    [
      'a session is to be looked at',
      `UPDATE checkout_sessions SET next_check_at = now() + interval '1 day'
        WHERE order_id = $1`,
    ],
    [
      'a session is being closed',
      `UPDATE checkout_sessions SET status = 'closing' WHERE order_id = $1`,
    ],
    [
      'Stripe spoke of it last month',
      `INSERT INTO stripe_events
        (id, type, livemode, outcome, order_id, created_at, received_at)
        VALUES ('evt_' || $1::text, 'charge.refunded', false, 'ignored', $1::uuid, now(),
                now() - interval '30 days')`,
    ],
    [
      'it was changed last month',
      `UPDATE orders SET updated_at = now() - interval '1 month'
        WHERE id = $1`,
    ],
  ])('while %s', async (_why, sql) => {
    const order = await cancelledOrder(app);
    await ageMonths(app, order.id, 19);
    await app.sql(sql, [order.id]);
    await expectPlace(order.id, 'live');
  });

  it('when its month would be dropped at once', async () => {
    const order = await cancelledOrder(app);
    await ageMonths(app, order.id, 12 * 12);
    await expectPlace(order.id, 'live');
  });
});

describe('what else is old', () => {
  it('messages: those of a live order go after three months, what they said does not', async () => {
    const order = await paidAndTold(app);
    const old = await app.sql<{ id: string }>(
      `UPDATE notifications SET created_at = created_at - interval '4 months',
              updated_at = updated_at - interval '4 months'
        WHERE order_id = $1 AND kind = 'order_confirmation' RETURNING id`,
      [order.id],
    );
    await app.sql(`UPDATE orders SET created_at = created_at - interval '4 months' WHERE id = $1`, [
      order.id,
    ]);
    const timeline = () => app.as('admin').get(`/api/orders/${order.id}/timeline`).expect(200);
    const before = (await timeline()).body as { data: { type: string }[] };
    await applyRetention(app);
    const kept = await app.sql(`SELECT id FROM archived_notifications WHERE order_id = $1`, [
      order.id,
    ]);
    expect(kept).toEqual(old);
    expect(await app.sql(`SELECT FROM notifications WHERE id = $1`, [old[0]!.id])).toEqual([]);
    expect((await timeline()).body).toEqual(before);
  });

  it('Stripe’s events: forgotten after 90 days, but not a dispute that no payment is known of', async () => {
    await app.sql(
      `INSERT INTO stripe_events (id, type, livemode, outcome, reason, created_at, received_at)
       SELECT 'evt_' || name, type, false, 'ignored', reason, now(), now() - age::interval
         FROM (VALUES ('old', 'charge.succeeded', 'unhandled_type', '91 days'),
                      ('young', 'charge.succeeded', 'unhandled_type', '89 days'),
                      ('early', 'charge.dispute.created', 'unknown_order', '1 year'),
                      ('late', 'charge.dispute.created', 'unknown_order', '19 months'))
              AS e (name, type, reason, age)`,
    );
    await applyRetention(app);
    const left = await app.sql(
      `SELECT id FROM stripe_events
        WHERE id IN ('evt_old', 'evt_young', 'evt_early', 'evt_late') ORDER BY id`,
    );
    expect(left).toEqual([{ id: 'evt_early' }, { id: 'evt_young' }]);
  });

  it('keys of clients: forgotten after a week, but not one that is in use', async () => {
    await app.sql(
      `INSERT INTO idempotency_keys (key, request_hash, locked_until, created_at)
       VALUES ('old', 'x', now() - interval '8 days', now() - interval '8 days'),
              ('young', 'x', now() - interval '6 days', now() - interval '6 days'),
              ('held', 'x', now() + interval '1 minute', now() - interval '8 days')`,
    );
    await applyRetention(app);
    const left = await app.sql(
      `SELECT key FROM idempotency_keys WHERE key IN ('old', 'young', 'held') ORDER BY key`,
    );
    expect(left).toEqual([{ key: 'held' }, { key: 'young' }]);
  });
});

describe('GET /api/cron/apply-retention', () => {
  it('answers as every cron route, logs what it did and counts it', async () => {
    const order = await cancelledOrder(app);
    await payOrder(app, await placeOrder(app));
    await ageMonths(app, order.id, 19);
    expect(await applyRetention(app)).toBeGreaterThan(0);
    const line = app.logs.findLast(({ event }) => event === 'retention.finished');
    expect(line).toMatchObject({ counts: { order: 1 } });
    expect(line?.['msg']).toMatch(/^Retention moved 1 orders and \d+ messages into the archive$/);
    const metrics = await app.http.get('/metrics').expect(200);
    expect(metrics.text).toMatch(/^garageconnect_retention_total\{kind="order"\} [1-9]/m);
    expect(await applyRetention(app)).toBe(0);
  });

  it('wants the secret', async () => {
    const answer = await app.http.get('/api/cron/apply-retention');
    expect([answer.status, answer.body]).toEqual([401, { error: 'Unauthorized' }]);
  });
});

// Last: a second application takes over where the log goes.
describe('a zero', () => {
  it('as RETENTION_ORDERS_MONTHS keeps every order where it is', async () => {
    const order = await cancelledOrder(app);
    await ageMonths(app, order.id, 100);
    const never = await TestApp.start({ beside: app, env: { RETENTION_ORDERS_MONTHS: '0' } });
    await applyRetention(never);
    await never.stop();
    expect(await placeOf(app, order.id)).toEqual(['live']);
  });
});
