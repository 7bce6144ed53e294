import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRequests, makeDue, sessionsAtStripe } from '../support/checkout.js';
import { createProduct, orderBody, placeOrder } from '../support/factories.js';
import { expectPaidOnce } from '../support/paid.js';
import { collectableOrder } from '../support/pickup.js';
import { insertWaitingOrders } from '../support/reminders.js';
import { postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const AT_ONCE = 30;
/** Far above what the work takes, and below what it takes to wait for a connection in vain. */
const LIMIT_MS = 15_000;

let app: TestApp;
let tiny: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  tiny = await TestApp.start({
    beside: app,
    config: (config) => ({ ...config, database: { ...config.database, poolSize: 2 } }),
  });
});
afterAll(async () => {
  await tiny.stop();
  await app.stop();
});

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_none, index) => work(index)));

/** Nobody waits for a connection that somebody holds who waits for one. */
async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  return result;
}

const allOf = (status: number): number[] => Array.from({ length: AT_ONCE }, () => status);

describe('K13 thirty at once on a pool of two', { timeout: 60_000 }, () => {
  it('place their orders', async () => {
    const { sku } = await createProduct(app, { stock: 100 });
    const bodies = await times(AT_ONCE, () => orderBody(app, { items: [{ sku, quantity: 1 }] }));
    const answers = await inTime(() =>
      times(AT_ONCE, async (index) =>
        tiny
          .as('shop')
          .post('/api/orders')
          .set('idempotency-key', randomUUID())
          .send(bodies[index]),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(allOf(201));
  });

  it('ask for a payment link', async () => {
    const order = await placeOrder(app);
    const statuses = await inTime(() =>
      times(AT_ONCE, async () => {
        const path = `/api/orders/${order.id}/checkout-session`;
        return (await tiny.as('shop').post(path)).status;
      }),
    );
    expect(statuses).toEqual(allOf(200));
    expect(sessionsAtStripe(app, order.id)).toHaveLength(1);
  });

  it('tell of a payment', async () => {
    const orders = await times(AT_ONCE, () => placeOrder(app));
    const events = orders.map(({ stripeSessionId }) => {
      app.doubles.stripe.pay(stripeSessionId!);
      return sessionEvent(app, 'checkout.session.completed', stripeSessionId!);
    });
    const answers = await inTime(() =>
      times(AT_ONCE, (index) => postWebhook(tiny, JSON.stringify(events[index]))),
    );
    expect(answers.map(({ status }) => status)).toEqual(allOf(200));
    for (const { id } of orders) await expectPaidOnce(app, id);
  });

  it('collect an order', async () => {
    const collectable = await collectableOrder(app);
    const answers = await inTime(() =>
      times(AT_ONCE, async () =>
        tiny.as('counter').post('/api/pickups').send({ token: collectable.token }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted((one, other) => one - other);
    expect(statuses).toEqual([200, ...allOf(409).slice(1)]);
  });

  it('run the reminders', async () => {
    const orders = await insertWaitingOrders(app, 1_003, 90);
    const answers = await inTime(() =>
      times(AT_ONCE, async () =>
        tiny.http
          .get('/api/cron/payment-reminders')
          .set('authorization', `Bearer ${app.config.access.cronSecret}`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(allOf(200));
    const counts = answers.map(({ body }) => (body as { processed: number }).processed);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(orders.length);
    await app.sql(
      `UPDATE notifications SET status = 'cancelled' WHERE order_id = ANY ($1::uuid[])`,
      [orders],
    );
  });

  it('send messages and make links, as a worker does', async () => {
    app.doubles.stripe.faults.add({
      ...{ method: 'POST', path: /^\/v1\/checkout\/sessions$/, times: 3 * AT_ONCE },
      ...{ kind: 'status', status: 500, body: {} },
    });
    const bodies = await times(AT_ONCE, () => orderBody(app));
    const ids = await times(AT_ONCE, async (index) => {
      const answer = await app.as('shop').post('/api/orders').send(bodies[index]).expect(202);
      return (answer.body as { id: string }).id;
    });
    app.doubles.stripe.faults.clear();
    await inTime(async () => {
      // Twenty at a time.
      for (let tick = 0; tick < 2; tick += 1) {
        for (const id of ids) if (createRequests(app, id).length > 0) await makeDue(app, id);
        await tiny.tickCheckout();
      }
    });
    for (const id of ids) expect(sessionsAtStripe(app, id)).toHaveLength(1);
    const sent = await inTime(() => tiny.drain());
    expect(sent).toBeGreaterThanOrEqual(AT_ONCE);
    const unsent = await app.sql(
      `SELECT kind, status, error_code FROM notifications
        WHERE order_id = ANY ($1::uuid[]) AND status <> 'sent'`,
      [ids],
    );
    expect(unsent).toEqual([]);
  });
});
