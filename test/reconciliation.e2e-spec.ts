import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PaymentsService } from '../src/payments/payments.service.js';
import type { FaultMatch } from '../src/sandbox/double-server.js';
import { makeDue, outliveLink, sessionRows, sessionsAtStripe } from './support/checkout.js';
import { orderBody, placeOrder } from './support/factories.js';
import { linesOf } from './support/log-lines.js';
import { factsOf } from './support/order-facts.js';
import { makeChecksDue, reconcileLater } from './support/reconciliation.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
const others: TestApp[] = [];
beforeAll(async () => {
  app = await TestApp.start();
  others.push(await TestApp.start({ beside: app }), await TestApp.start({ beside: app }));
});
afterEach(async () => {
  app.doubles.stripe.faults.clear();
  await app.doubles.stripe.up();
});
afterAll(async () => {
  for (const other of others) await other.stop();
  await app.stop();
});

const READ: FaultMatch = { method: 'GET', path: /^\/v1\/checkout\/sessions\/cs_/ };
const EVENTS: FaultMatch = { method: 'GET', path: /^\/v1\/events$/ };
const CREATE: FaultMatch = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ };
const REFUSED = {
  kind: 'status',
  status: 400,
  body: { error: { type: 'invalid_request_error', message: 'x' } },
} as const;

const stripe = () => app.doubles.stripe;
const reads = (sessionId: string): number =>
  stripe().requestsTo('GET', new RegExp(`/${sessionId}$`)).length;
/** Nothing of another test is left to be done. */
const settleAll = async () => {
  await reconcileLater(app);
  await app.sql(`UPDATE checkout_sessions SET next_check_at = NULL`);
};

describe('reconciliation on three instances at once', () => {
  it('mends each order once', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, async () => placeOrder(app)));
    for (const [index, order] of orders.entries()) {
      if (index % 2 === 0) stripe().pay(order.stripeSessionId!);
      else await outliveLink(app, order);
    }
    await makeChecksDue(app);
    await Promise.all([app, ...others].map(async (one) => one.reconcile()));
    for (const [index, order] of orders.entries()) {
      const facts = await factsOf(app, order.id);
      expect(facts.state).toBe(index % 2 === 0 ? 'confirmed/paid' : 'cancelled/failed');
      expect(facts.payments).toHaveLength(index % 2 === 0 ? 1 : 0);
      expect(facts.reviews).toEqual([]);
      expect(new Set(facts.messages).size).toBe(facts.messages.length);
    }
    expect(await reconcileLater(app)).toBe(0);
  });

  it('asks Stripe once for each session that is due', async () => {
    await settleAll();
    const orders = await Promise.all(Array.from({ length: 12 }, async () => placeOrder(app)));
    await makeChecksDue(app);
    await Promise.all([app, ...others].map(async (one) => one.reconcile()));
    expect(orders.map(({ stripeSessionId }) => reads(stripeSessionId!))).toEqual(
      orders.map(() => 1),
    );
  });
});

describe('the looks at a session', () => {
  it('come a few minutes after it was opened, then ever less often, and just after its end', async () => {
    await settleAll();
    const order = await placeOrder(app);
    const session = order.stripeSessionId!;
    const pause = async () => {
      const [row] = await app.sql<{ minutes: number }>(
        `SELECT round(extract(epoch FROM next_check_at - now()) / 60)::int AS minutes
           FROM checkout_sessions WHERE order_id = $1`,
        [order.id],
      );
      return row!.minutes;
    };
    expect(await pause()).toBe(5);
    await app.reconcile();
    expect(reads(session)).toBe(0);
    const pauses: number[] = [];
    for (const age of [5, 7, 28, 600, 770]) {
      await app.age(order.id, age);
      await app.reconcile();
      pauses.push(await pause());
    }
    expect(reads(session)).toBe(5);
    // Of 23 h 55 the last look leaves 25 minutes, and a minute more.
    expect(pauses).toEqual([5, 12, 40, 60, 26]);
  });

  it('begin with the longest due, and pass over what Stripe does not answer', async () => {
    await settleAll();
    const orders = [];
    for (let made = 0; made < 7; made += 1) orders.push(await placeOrder(app));
    for (const [index, { id }] of orders.entries()) {
      await app.sql(
        `UPDATE checkout_sessions SET next_check_at = now() - make_interval(mins => $2) WHERE order_id = $1`,
        [id, index + 1],
      );
    }
    stripe().faults.add({ ...EVENTS, ...REFUSED, times: 9 });
    stripe().faults.add({ ...READ, kind: 'status', status: 503, body: {}, times: 99 });
    await app.reconcile();
    // The five that waited longest had their turn, and wait no longer for it than the others.
    expect(orders.map(({ stripeSessionId }) => reads(stripeSessionId!) > 0)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    stripe().faults.clear();
    await app.reconcile();
    expect(reads(orders[0]!.stripeSessionId!)).toBe(1);
    const [left] = await app.sql<{ late: number }>(
      `SELECT count(*)::int AS late FROM checkout_sessions
        WHERE next_check_at <= now() OR next_check_at > now() + interval '6 minutes'`,
    );
    expect(left).toEqual({ late: 0 });
  });

  it('that fail for one session keep no other from its turn', async () => {
    await settleAll();
    const lost = await placeOrder(app);
    const paid = await placeOrder(app);
    stripe().pay(paid.stripeSessionId!);
    await app.sql(`UPDATE checkout_sessions SET stripe_session_id = $2 WHERE order_id = $1`, [
      lost.id,
      'cs_test_of_another_account',
    ]);
    await makeChecksDue(app);
    stripe().faults.add({ ...EVENTS, ...REFUSED, times: 2 });
    await app.reconcile();
    expect((await factsOf(app, paid.id)).state).toBe('confirmed/paid');
    expect((await factsOf(app, lost.id)).state).toBe('pending/pending');
    expect(linesOf(others.at(-1)!, 'reconciliation.session_failed')).toContainEqual(
      expect.objectContaining({ level: 'error', orderId: lost.id }),
    );
  });
});

describe('while Stripe is away', () => {
  it('nothing is lost: the run that finds it back mends everything', async () => {
    await settleAll();
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!);
    await makeChecksDue(app);
    await stripe().down();
    expect(await app.reconcile()).toBe(0);
    await stripe().up();
    expect(await reconcileLater(app)).toBeGreaterThan(0);
    expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
  });
});

describe('a session whose answer was lost, and whose intent was given up', () => {
  it('is found and closed, once, so that one at most can be paid', async () => {
    await settleAll();
    stripe().faults.add({ ...CREATE, kind: 'truncate' });
    const body = await orderBody(app);
    const { id } = (await app.as('shop').post('/api/orders').send(body).expect(202)).body;
    // So long ago that the expiry is too near to ask for the same again.
    await app.sql(
      `UPDATE checkout_sessions SET expires_at = now() + interval '10 minutes' WHERE order_id = $1`,
      [id],
    );
    // Only the expiry tells the two sessions apart, in whole seconds.
    await wait(1_100);
    await makeDue(app, id);
    await app.tickCheckout();
    expect(sessionsAtStripe(app, id).map(({ status }) => status)).toEqual(['open', 'open']);
    expect(await reconcileLater(app)).toBe(1);
    expect(sessionsAtStripe(app, id).map(({ status }) => status)).toEqual(['expired', 'open']);
    expect((await sessionRows(app, id)).map(({ status }) => status)).toEqual(['expired', 'open']);
    expect((await factsOf(app, id)).state).toBe('pending/pending');
    const lists = () => stripe().requestsTo('GET', /^\/v1\/checkout\/sessions$/).length;
    const asked = lists();
    await reconcileLater(app);
    expect(lists()).toBe(asked);
  });

  it('is looked for once when there is none', async () => {
    await settleAll();
    stripe().faults.add({ ...CREATE, ...REFUSED });
    const body = await orderBody(app);
    const { id } = (await app.as('shop').post('/api/orders').send(body).expect(202)).body;
    await app.as('admin').post(`/api/orders/${id}/cancel`).send({}).expect(200);
    const lists = () => stripe().requestsTo('GET', /^\/v1\/checkout\/sessions$/).length;
    const asked = lists();
    expect(await reconcileLater(app)).toBe(0);
    expect(lists() - asked).toBe(1);
    await reconcileLater(app);
    expect(lists() - asked).toBe(1);
  });
});

describe('Stripe’s list of events', () => {
  it('is read again from an event that could not be applied, which keeps no other waiting', async () => {
    await settleAll();
    const stuck = await placeOrder(app);
    const other = await placeOrder(app);
    stripe().pay(stuck.stripeSessionId!);
    stripe().pay(other.stripeSessionId!);
    await app.sql(`UPDATE checkout_sessions SET next_check_at = NULL`);
    const service = app.app.get(PaymentsService);
    const settle = service.settle.bind(service);
    const spy = vi.spyOn(service, 'settle').mockImplementation(async (event) => {
      const intent = (event.data.object as { metadata?: Record<string, string> }).metadata;
      if (intent?.['orderId'] === stuck.id) throw new Error('not now');
      return settle(event);
    });
    const mark = () => app.sql(`SELECT read_to FROM stripe_event_cursors`);
    const before = await mark();
    await reconcileLater(app);
    expect((await factsOf(app, other.id)).state).toBe('confirmed/paid');
    expect((await factsOf(app, stuck.id)).state).toBe('pending/pending');
    expect(await mark()).toEqual(before);
    spy.mockRestore();
    // Stripe believes them delivered, so that only the mark left behind can find them.
    for (const record of stripe().events) record.delivered = true;
    expect(await app.reconcile()).toBeGreaterThan(0);
    expect((await factsOf(app, stuck.id)).state).toBe('confirmed/paid');
  });

  it('is left to webhooks while an event is young', async () => {
    await settleAll();
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!);
    expect(await app.reconcile()).toBe(0);
    expect((await factsOf(app, order.id)).state).toBe('pending/pending');
  });

  it('is read whole, page after page, the oldest first', async () => {
    await settleAll();
    const order = await placeOrder(app);
    // Declined cards: two events each, one of them handled.
    for (let tries = 0; tries < 510; tries += 1) {
      stripe().pay(order.stripeSessionId!, '4000000000000002');
    }
    const declined = stripe().eventsOf('payment_intent.payment_failed').slice(-510);
    const start = Math.floor(Date.now() / 1_000) - 3_600;
    for (const [index, event] of declined.entries()) event.created = start + index * 5;
    for (const record of stripe().events) record.delivered = true;
    await app.sql(`UPDATE stripe_event_cursors SET read_to = to_timestamp($1)`, [start - 1]);
    await app.reconcile();
    const [row] = await app.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM stripe_events WHERE id = ANY($1)`,
      [declined.map(({ id }) => id)],
    );
    expect(row).toEqual({ count: 510 });
  }, 60_000);
});
