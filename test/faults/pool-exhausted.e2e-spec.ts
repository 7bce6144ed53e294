import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stockOf } from '../support/checkout.js';
import { createProduct, orderBody, placeOrder } from '../support/factories.js';
import { expectPaidOnce } from '../support/paid.js';
import { PATIENTLY } from '../support/patience.js';
import { expectProblem } from '../support/problems.js';
import { deliver, postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const POOL_SIZE = 5;
const SLOW_REQUESTS = 50;

/** With connections enough, to prepare and to look. */
let app: TestApp;
/** The one under load. */
let small: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  small = await TestApp.start({
    beside: app,
    config: (config) => ({ ...config, database: { ...config.database, poolSize: POOL_SIZE } }),
  });
});
afterAll(async () => {
  await small.stop();
  await app.stop();
});

async function paidAtStripe() {
  const order = await placeOrder(app);
  app.doubles.stripe.pay(order.stripeSessionId!);
  return {
    id: order.id,
    completed: sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!),
  };
}

const deliverToSmall = async ({ completed }: Awaited<ReturnType<typeof paidAtStripe>>) =>
  (await postWebhook(small, JSON.stringify(completed))).status;

/** Nobody gets past this product until `release`. */
async function lockProduct(sku: string) {
  const holder = new Client({ connectionString: app.database.url });
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM products WHERE sku = $1 FOR UPDATE', [sku]);
  const release = (): Promise<void> => holder.end();
  return { release, [Symbol.asyncDispose]: release };
}

const waitingForLock = async (): Promise<number> => {
  const rows = await app.sql(
    `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length;
};

describe('K13 a pool of five whose connections are all held by slow requests', () => {
  it('answers the others 503 at once, says so, and serves again when they are through', async () => {
    const { sku } = await createProduct(app, { stock: 500 });
    const paid = await paidAtStripe();
    const bodies = await Promise.all(
      Array.from({ length: SLOW_REQUESTS }, () =>
        orderBody(app, { items: [{ sku, quantity: 2 }] }),
      ),
    );
    await using lock = await lockProduct(sku);
    const slow = bodies.map((body) =>
      small
        .as('shop')
        .post('/api/orders')
        .send(body)
        .then((answer) => answer),
    );
    await vi.waitFor(async () => expect(await waitingForLock()).toBe(POOL_SIZE), PATIENTLY);

    const first = performance.now();
    const answer = await small.as('admin').get('/api/orders');
    expectProblem(answer, 503, 'service_unavailable');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(performance.now() - first).toBeLessThan(8_000);
    // By now the queue is known to stand still.
    const second = performance.now();
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, async () => small.as('admin').get('/api/orders')),
      small.http.get('/health/ready'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    expect(await deliverToSmall(paid)).toBe(503);
    expect(performance.now() - second).toBeLessThan(3_500);
    await small.http.get('/health/live').expect(200);

    await lock.release();
    const placed = await Promise.all(slow);
    expect(placed.filter(({ status }) => ![201, 202, 503].includes(status))).toEqual([]);
    await vi.waitFor(() => small.http.get('/health/ready').expect(200), PATIENTLY);
    expect(await deliverToSmall(paid)).toBe(200);
    await expectPaidOnce(app, paid.id);
    await small.as('admin').get('/api/orders').expect(200);
    const [row] = await app.sql<{ orders: number }>(
      `SELECT count(*)::int AS orders FROM order_items WHERE sku = $1`,
      [sku],
    );
    expect(row!.orders).toBeGreaterThanOrEqual(placed.filter((one) => one.status < 300).length);
    expect(await stockOf(app, sku)).toBe(500 - 2 * row!.orders);
  }, 60_000);
});

describe('K13 more webhook calls at once than the pool has connections', () => {
  it('are all answered, and all applied once when what was refused comes again', async () => {
    const paid = await Promise.all(Array.from({ length: 32 }, paidAtStripe));
    const famous = paid[0]!;
    const calls = [...paid, ...Array.from({ length: 32 }, () => famous)];
    const startedAt = performance.now();
    const statuses = await Promise.all(calls.map(deliverToSmall));
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);

    for (const { completed } of paid) expect(await deliver(small, completed)).toEqual([200]);
    for (const { id } of paid) await expectPaidOnce(app, id);
    await small.http.get('/health/ready').expect(200);
  }, 60_000);
});
