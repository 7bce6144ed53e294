import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  createRequests,
  expireRequests,
  makeDue,
  sessionsAtStripe,
  stockOf,
} from '../support/checkout.js';
import { breakDatabase, type DatabaseFault, type FaultPlan } from '../support/database-faults.js';
import { maintain } from '../support/database-maintenance.js';
import { orderBody, placeOrder, readOrder } from '../support/factories.js';
import { expectNothingDone } from '../support/footprint.js';
import { sendRequests, titlesTo, TITLE } from '../support/outbox.js';
import { expectPaidOnce } from '../support/paid.js';
import { PATIENTLY } from '../support/patience.js';
import { collectableOrder } from '../support/pickup.js';
import { expectProblem } from '../support/problems.js';
import { deliver, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let fault: DatabaseFault | null = null;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  await fault?.mend();
  fault = null;
});
afterAll(() => app.stop());

const breaking = async (plan: FaultPlan) => {
  fault = await breakDatabase(app, plan);
  return fault;
};
const mend = async () => {
  await fault?.mend();
  fault = null;
};
const place = (body: object, key: string = randomUUID()) =>
  app.as('shop').post('/api/orders').set('idempotency-key', key).send(body);

describe('K14 an order that the database gives up for the sake of others', () => {
  it.each([
    ['a serialization failure', '40001'],
    ['a deadlock', '40P01'],
  ])('because of %s is placed once all the same', async (_what, sqlState) => {
    const body = await orderBody(app);
    const broken = await breaking({ table: 'order_items', on: 'INSERT', sqlState, times: 2 });
    const { body: order } = await place(body).expect(201);
    expect(await broken.tries()).toBe(3);
    expect(await stockOf(app, body.items[0]!.sku)).toBe(8);
    expect(createRequests(app, order.id)).toHaveLength(1);
  });

  it('again and again is refused with 503 after three repeats, and nothing is left of it', async () => {
    const body = await orderBody(app);
    const key = randomUUID();
    const broken = await breaking({ table: 'order_items', on: 'INSERT', sqlState: '40P01' });
    const answer = await expectNothingDone(app, async () => place(body, key));
    expectProblem(answer, 503, 'service_unavailable');
    expect(await broken.tries()).toBe(4);
    await mend();
    await place(body, key).expect(201);
  });
});

describe('K15 a database that has gone read-only', () => {
  /** Every session that begins from now on. */
  const setReadOnly = async (isReadOnly: boolean): Promise<void> => {
    const { url } = inject('testServer');
    const name = new URL(app.database.url).pathname.slice(1);
    const change = isReadOnly ? 'SET default_transaction_read_only = on' : 'RESET ALL';
    await maintain(url, `ALTER DATABASE ${name} ${change}`);
    await maintain(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    await vi.waitFor(() => app.http.get('/health/ready').expect(200), PATIENTLY);
  };

  it('refuses with 503 what it cannot write down, before anybody outside is asked for anything', async () => {
    const body = await orderBody(app);
    const waiting = await placeOrder(app);
    const paid = await placeOrder(app);
    const collectable = await collectableOrder(app);
    app.doubles.stripe.pay(paid.stripeSessionId!);
    const completed = sessionEvent(app, 'checkout.session.completed', paid.stripeSessionId!);
    const unsent = await placeOrder(app);
    const asked = () => [app.doubles.stripe.requests.length, sendRequests(app)];
    const before = asked();
    await setReadOnly(true);
    try {
      const answers = await Promise.all([
        place(body),
        app.as('admin').post(`/api/orders/${waiting.id}/cancel`),
        app.as('counter').post('/api/pickups').send({ token: collectable.token }),
        app.http
          .get('/api/cron/payment-reminders')
          .set('authorization', `Bearer ${app.config.access.cronSecret}`),
      ]);
      for (const answer of answers) {
        expectProblem(answer, 503, 'service_unavailable');
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect(await deliver(app, completed)).toEqual([503]);
      await app.tickCheckout();
      expect(await app.drain()).toBe(0);
      expect(asked()).toEqual(before);
      // Reading goes on.
      expect((await readOrder(app, waiting.id)).status).toBe('pending');
    } finally {
      await setReadOnly(false);
    }
    expect(expireRequests(app, waiting.stripeSessionId!)).toBe(0);
    expect(await deliver(app, completed)).toEqual([200]);
    await expectPaidOnce(app, paid.id);
    await place(body).expect(201);
    await app.as('counter').post('/api/pickups').send({ token: collectable.token }).expect(200);
    await app.drain();
    expect(titlesTo(app, unsent)).toEqual([TITLE.confirmation]);
  }, 60_000);
});

describe('K15 a database whose disk is full', () => {
  const DISK_FULL = '53100';

  it.each(['orders', 'checkout_sessions', 'idempotency_keys'])(
    'at %s: the order is refused with 503 and Stripe is not asked',
    async (table) => {
      const body = await orderBody(app);
      const key = randomUUID();
      await breaking({ table, on: 'INSERT', sqlState: DISK_FULL });
      const answer = await expectNothingDone(app, async () => place(body, key));
      expectProblem(answer, 503, 'service_unavailable');
      await mend();
      await place(body, key).expect(201);
    },
  );

  it('when Stripe’s answer is to be stored: the session is found again under its key', async () => {
    const [body, key] = [await orderBody(app), randomUUID()];
    await breaking({ table: 'checkout_sessions', on: 'UPDATE', sqlState: DISK_FULL });
    expectProblem(await place(body, key), 503, 'service_unavailable');
    await mend();
    const { body: order } = await place(body, key).expect(200);
    await makeDue(app, order.id);
    await app.tickCheckout();
    expect((await readOrder(app, order.id)).paymentUrl).not.toBeNull();
    expect(sessionsAtStripe(app, order.id)).toHaveLength(1);
    const keys = createRequests(app, order.id).map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0]]);
  });

  it('before a message is claimed: nothing is sent until there is room again, and then once', async () => {
    const order = await placeOrder(app);
    await breaking({ table: 'notifications', on: 'UPDATE', sqlState: DISK_FULL });
    const asked = sendRequests(app);
    expect(await app.drain()).toBe(0);
    expect(sendRequests(app)).toBe(asked);
    await mend();
    await app.drain();
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
  });

  it('while an event is applied: 503, and the next delivery applies it', async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
    await breaking({ table: 'payments', on: 'INSERT', sqlState: DISK_FULL });
    expect(await deliver(app, completed)).toEqual([503]);
    await mend();
    expect(await deliver(app, completed)).toEqual([200]);
    await expectPaidOnce(app, order.id);
  });
});
