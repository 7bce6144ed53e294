import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placeOrder } from '../support/factories.js';
import { HeldLock, untilWaiting } from '../support/held-lock.js';
import { factsOf, outcomeOf } from '../support/order-facts.js';
import {
  aboutSession,
  intentEvent,
  postWebhook,
  sessionEvent,
  told,
} from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;
let lock: HeldLock | null = null;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(async () => {
  await lock?.release();
  lock = null;
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const paidAtStripe = async () => {
  const order = await placeOrder(app, { customer: { email: 'aline@garage.example' } });
  const sessionId = order.stripeSessionId!;
  app.doubles.stripe.pay(sessionId);
  return {
    id: order.id,
    sessionId,
    intentId: app.doubles.stripe.paymentIntentOf(sessionId).id,
    completed: sessionEvent(app, 'checkout.session.completed', sessionId),
    succeeded: intentEvent(app, 'payment_intent.succeeded', sessionId),
  };
};

type Event = Parameters<typeof told>[0];

const post = async (to: TestApp, event: Event) =>
  (await postWebhook(to, JSON.stringify(event))).status;

/** Both have been looked at, found new and plain, and wait: the first one first, at two instances. */
async function inLine(first: Event, second: Event): Promise<void> {
  const one = post(app, first);
  await untilWaiting(app, 1);
  const two = post(other, second);
  await untilWaiting(app, 2);
  await lock!.release();
  expect(await Promise.all([one, two])).toEqual([200, 200]);
}

/** The event is held up by the lock while another transaction writes and commits. */
async function heldUp(event: Event, writes: readonly [string, readonly unknown[]][]) {
  const posting = post(app, event);
  await untilWaiting(app, 1);
  for (const [sql, values] of writes) await lock!.write(sql, values);
  await lock!.release();
  expect(await posting).toBe(200);
}

const PAID = {
  state: 'confirmed/paid',
  sessions: ['1 complete'],
  timeline: ['order.placed', 'checkout_session.opened', 'order.confirmed'],
  reviews: [],
  passes: 1,
};

describe('W3 two events of one order that wait for each other', () => {
  it.each([
    ['completed', 'succeeded'],
    ['succeeded', 'completed'],
  ] as const)('%s, then %s: one pays, the other finds it paid', async (one, two) => {
    const { id, sessionId, [one]: first, [two]: second } = await paidAtStripe();
    lock = await HeldLock.onRow(app, 'orders', 'id', id);
    await inLine(first, second);
    expect(await factsOf(app, id)).toMatchObject({
      ...PAID,
      payments: [{ session: sessionId, amount: 25_990 }],
    });
    expect(await outcomeOf(app, first.id)).toBe('applied payment_confirmed');
    expect(await outcomeOf(app, second.id)).toBe('ignored already_applied');
  });

  it('with two payments: one is the order’s, the other is for a person', async () => {
    const { id, sessionId, intentId, completed } = await paidAtStripe();
    const again = aboutSession(app, 'checkout.session.completed', sessionId, {
      payment_intent: `${intentId}second`,
    });
    lock = await HeldLock.onRow(app, 'orders', 'id', id);
    await inLine(completed, again);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ intent: intentId }],
      reviews: [{ reason: 'second_payment', object: `${intentId}second`, event: again.id }],
      passes: 1,
    });
  });

  it('with one payment for two orders: the second is for a person, and nothing of it is done', async () => {
    const one = await paidAtStripe();
    const two = await paidAtStripe();
    const same = aboutSession(app, 'checkout.session.completed', two.sessionId, {
      payment_intent: one.intentId,
    });
    lock = await HeldLock.onIntent(app, one.intentId);
    await inLine(one.completed, same);
    expect((await factsOf(app, one.id)).state).toBe('confirmed/paid');
    expect(await factsOf(app, two.id)).toMatchObject({
      state: 'pending/pending',
      payments: [],
      reviews: [{ reason: 'second_payment', object: one.intentId }],
      passes: 0,
    });
  });

  it('as one event delivered to two instances: the second is a duplicate', async () => {
    const { id, completed } = await paidAtStripe();
    lock = await HeldLock.onRow(app, 'orders', 'id', id);
    await inLine(completed, completed);
    expect(await factsOf(app, id)).toMatchObject({
      ...PAID,
      events: ['checkout.session.completed applied payment_confirmed'],
    });
    expect(other.logs).toContainEqual(
      expect.objectContaining({ stripeEventId: completed.id, outcome: 'duplicate' }),
    );
  });
});

describe('W3 what is written while a payment waits for its order', () => {
  it('a reminder leaves no more', async () => {
    const { id, completed } = await paidAtStripe();
    lock = await HeldLock.onRow(app, 'orders', 'id', id);
    await heldUp(completed, [
      [
        `INSERT INTO notifications (order_id, customer_id, kind, channel, params)
         SELECT id, customer_id, 'payment_reminder', 'whatsapp', '{}' FROM orders WHERE id = $1`,
        [id],
      ],
    ]);
    const { messages, ...facts } = await factsOf(app, id);
    expect(facts).toMatchObject(PAID);
    expect(messages).toContain('payment_reminder whatsapp cancelled');
  });

  it('a new link is not made any more', async () => {
    const { id, completed } = await paidAtStripe();
    lock = await HeldLock.onRow(app, 'orders', 'id', id);
    await heldUp(completed, [
      [`UPDATE checkout_sessions SET status = 'closing' WHERE order_id = $1`, [id]],
      [
        `INSERT INTO checkout_sessions (order_id, attempt, idempotency_key, params, expires_at)
         VALUES ($1::uuid, 2, 'cs:' || $1::text || ':2', '{}', now() + interval '1 day')`,
        [id],
      ],
    ]);
    expect(await factsOf(app, id)).toMatchObject({
      ...PAID,
      sessions: ['1 complete', '2 abandoned'],
    });
  });

  it('a refund of it is taken into account', async () => {
    const { id, intentId, completed } = await paidAtStripe();
    lock = await HeldLock.onRow(app, 'orders', 'id', id);
    await heldUp(completed, [
      [
        `INSERT INTO payment_reviews (reason, object_id, order_id, stripe_event_id, expected_amount,
                                      actual_amount)
         VALUES ('refund_without_payment', $2, $1, 'evt_refund', 25990, 25990)`,
        [id, intentId],
      ],
    ]);
    expect((await factsOf(app, id)).state).toBe('confirmed/refunded');
  });

  it('a dispute of it, which no order was found for, suspends the pickup', async () => {
    const { id, intentId, completed } = await paidAtStripe();
    lock = await HeldLock.onIntent(app, intentId);
    await heldUp(completed, [
      [
        `INSERT INTO stripe_events (id, type, object_id, api_version, livemode, created_at,
                                    payment_intent_id, outcome, reason)
         VALUES ('evt_' || $1, 'charge.dispute.created', 'dp_' || $1, '2026-10-28', false, now(), $1,
                 'ignored', 'unknown_order')`,
        [intentId],
      ],
    ]);
    const { state, reviews } = await factsOf(app, id);
    expect([state, reviews.map(({ reason }) => reason)]).toEqual(['confirmed/paid', ['disputed']]);
    const [pass] = await app.sql(`SELECT suspended_at FROM pickup_passes WHERE order_id = $1`, [
      id,
    ]);
    expect(pass).toEqual({ suspended_at: expect.any(Date) });
  });
});
