import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { makeDue, sessionsAtStripe, stockOf } from '../support/checkout.js';
import { orderBody, payOrder, placeOrder, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { expectPaidOnce } from '../support/paid.js';
import { PATIENTLY } from '../support/patience.js';
import { deliver, sessionEvent } from '../support/stripe-events.js';
import { type CommitFate, TcpProxy } from '../support/tcp-proxy.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let line: TcpProxy;
beforeAll(async () => {
  line = await TcpProxy.to(inject('testServer').url);
  app = await TestApp.start({
    config: (config) => ({
      ...config,
      database: { ...config.database, url: line.through(config.database.url!) },
    }),
  });
});
afterAll(async () => {
  await app.stop();
  await line.cut();
});

const cron = () =>
  app.http
    .get('/api/cron/payment-reminders')
    .set('authorization', `Bearer ${app.config.access.cronSecret}`);

describe('K12 a database that vanishes without a word', () => {
  it('holds no request, no cron and no dispatcher for longer than 30 s, and is found again', async () => {
    await placeOrder(app);
    // Every connection of the pool is open and in use when it happens.
    await Promise.all(Array.from({ length: 20 }, async () => app.as('admin').get('/api/orders')));
    line.fallSilent();
    const startedAt = Date.now();
    const [sent, orders, reminders] = await Promise.all([
      app.drain(),
      app.as('admin').get('/api/orders'),
      cron(),
      app.tickCheckout(),
      app.http.get('/health/ready').expect(503),
      app.http.get('/health/live').expect(200),
    ]);
    expect(Date.now() - startedAt).toBeLessThan(30_000);
    expect([sent, orders.status, reminders.status]).toEqual([0, 503, 503]);

    const mendedAt = Date.now();
    await line.mend();
    await vi.waitFor(() => app.http.get('/health/ready').expect(200), PATIENTLY);
    expect(Date.now() - mendedAt).toBeLessThan(30_000);
    await app.as('admin').get('/api/orders').expect(200);
    await cron().expect(200);
    expect(await app.drain()).toBeGreaterThan(0);
  }, 90_000);
});

const FATES: readonly CommitFate[] = ['arrives', 'is lost'];

describe('K16 a connection cut between COMMIT and its answer', { timeout: 60_000 }, () => {
  const place = (key: string, body: object) =>
    app.as('shop').post('/api/orders').set('idempotency-key', key).send(body);

  // Each a statement that commits by itself. The key comes once before, as it is claimed.
  const STATEMENTS = {
    'of the order': (key: string) => ({ carrying: key, skip: 1 }),
    'of its link': () => ({ carrying: 'cs_test_' }),
  } as const;
  const statements = Object.keys(STATEMENTS) as (keyof typeof STATEMENTS)[];

  it.each(FATES.flatMap((fate) => statements.map((name) => [name, fate] as const)))(
    'placing an order, the statement %s %s: the same key gives one order and one session',
    async (name, fate) => {
      const [key, body] = [randomUUID(), await orderBody(app)];
      line.cutAtCommit(fate, STATEMENTS[name](key));
      const answer = await place(key, body);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);

      const again = await place(key, body);
      // Where the order was not committed, this request places it.
      expect(again.status).toBe(fate === 'is lost' && name === 'of the order' ? 201 : 200);
      const { id } = again.body as { id: string };
      await makeDue(app, id);
      await app.tickCheckout();
      const order = await readOrder(app, id);
      expect(order).toMatchObject({ status: 'pending', paymentUrl: expect.any(String) });
      expect(sessionsAtStripe(app, id)).toHaveLength(1);
      expect((await place(key, body).expect(200)).body).toEqual(order);
      const placed = await app.sql(
        `SELECT FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.phone_number = $1`,
        [body.customer.phoneNumber],
      );
      expect(placed).toHaveLength(1);
      expect(await stockOf(app, body.items[0]!.sku)).toBe(8);
      await payOrder(app, order);
      await expectPaidOnce(app, id);
    },
  );

  it.each(FATES)('applying an event, COMMIT %s: the next delivery finds it right', async (fate) => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
    // One packet, which commits by itself.
    line.cutAtCommit(fate, { carrying: completed.id });
    expect(await deliver(app, completed)).toEqual([503]);
    await vi.waitFor(async () => {
      const { state } = await factsOf(app, order.id);
      expect(state).toBe(fate === 'arrives' ? 'confirmed/paid' : 'pending/pending');
    }, PATIENTLY);
    expect(await deliver(app, completed)).toEqual([200]);
    expect(await deliver(app, completed)).toEqual([200]);
    await expectPaidOnce(app, order.id);
  });
});
