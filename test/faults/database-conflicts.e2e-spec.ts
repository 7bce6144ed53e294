import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stockOf } from '../support/checkout.js';
import { breakDatabase, type DatabaseFault, type FaultPlan } from '../support/database-faults.js';
import { createProduct, placeOrder } from '../support/factories.js';
import { databaseDigest, factsOf, outcomeOf } from '../support/order-facts.js';
import { aboutSession, deliver, intentEvent, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

describe('K14 an event that the database will not take', () => {
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

  const paidAtStripe = async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
    const succeeded = intentEvent(app, 'payment_intent.succeeded', order.stripeSessionId!);
    return { id: order.id, completed, succeeded };
  };
  const breaking = async (plan: FaultPlan) => {
    fault = await breakDatabase(app, plan);
    return fault;
  };
  const expectPaidOnce = async (id: string, by = 'checkout.session.completed') => {
    const { state, payments, passes, messages, events } = await factsOf(app, id);
    expect({ state, payments: payments.length, passes, events }).toEqual({
      state: 'confirmed/paid',
      payments: 1,
      passes: 1,
      events: [`${by} applied payment_confirmed`],
    });
    expect(messages.filter((line) => line.startsWith('payment_thank_you'))).toHaveLength(1);
  };

  /** Every change that a payment makes, so a failure at each of its steps, by both roads that it takes. */
  const PLAIN = [
    ['stripe_events', 'INSERT'],
    ['orders', 'UPDATE'],
    ['order_events', 'INSERT'],
    ['checkout_sessions', 'UPDATE'],
    ['payments', 'INSERT'],
    ['pickup_passes', 'INSERT'],
    ['notifications', 'INSERT'],
    ['notifications', 'UPDATE'],
  ] as const;
  it.each([
    ...PLAIN.map((step) => ['completed', ...step] as const),
    ['succeeded', 'stripe_events', 'UPDATE'] as const,
    ...PLAIN.filter(([table]) => table !== 'checkout_sessions').map(
      (step) => ['succeeded', ...step] as const,
    ),
  ])(
    'told as %s is answered 5xx at its %s %s, leaves no trace, and is applied when it comes again',
    async (told, table, on) => {
      const { id, [told]: event } = await paidAtStripe();
      const before = await databaseDigest(app);
      const broken = await breaking({ table, on, sqlState: 'P0001', times: 1 });
      expect(await deliver(app, event)).toEqual([500]);
      expect(await broken.tries()).toBe(1);
      expect(await databaseDigest(app)).toEqual(before);
      expect(await outcomeOf(app, event.id)).toBeNull();

      expect(await deliver(app, event)).toEqual([200]);
      await expectPaidOnce(id, event.type);
    },
  );

  it('at its commit is answered 5xx, leaves no trace, and is applied when it comes again', async () => {
    const { id, completed } = await paidAtStripe();
    const before = await databaseDigest(app);
    await breaking({
      table: 'payments',
      on: 'INSERT',
      sqlState: 'P0001',
      times: 1,
      atCommit: true,
    });
    expect(await deliver(app, completed)).toEqual([500]);
    expect(await databaseDigest(app)).toEqual(before);
    expect(await deliver(app, completed)).toEqual([200]);
    await expectPaidOnce(id);
  });

  it('because a table is missing, as in the middle of a migration, is applied once it is there', async () => {
    const { id, completed } = await paidAtStripe();
    await app.sql(`ALTER TABLE payments RENAME TO payments_away`);
    const statuses = await deliver(app, completed);
    await app.sql(`ALTER TABLE payments_away RENAME TO payments`);
    expect(statuses).toEqual([500]);
    expect(await outcomeOf(app, completed.id)).toBeNull();
    expect(await deliver(app, completed)).toEqual([200]);
    await expectPaidOnce(id);
  });

  it.each([
    ['a serialization failure', '40001'],
    ['a deadlock', '40P01'],
  ])('because of %s is repeated at once, and Stripe never hears of it', async (_what, sqlState) => {
    const { id, completed } = await paidAtStripe();
    const broken = await breaking({ table: 'payments', on: 'INSERT', sqlState, times: 2 });
    expect(await deliver(app, completed)).toEqual([200]);
    expect(await broken.tries()).toBe(3);
    await expectPaidOnce(id);
  });

  it('is repeated too when the serialization fails at the commit', async () => {
    const { id, completed } = await paidAtStripe();
    await breaking({
      table: 'payments',
      on: 'INSERT',
      sqlState: '40001',
      times: 1,
      atCommit: true,
    });
    expect(await deliver(app, completed)).toEqual([200]);
    await expectPaidOnce(id);
  });

  it('because of serialization failures without end is given up after four tries, and asked for again', async () => {
    const { id, completed } = await paidAtStripe();
    const before = await databaseDigest(app);
    const broken = await breaking({ table: 'payments', on: 'INSERT', sqlState: '40001' });
    expect(await deliver(app, completed)).toEqual([503]);
    expect(await broken.tries()).toBe(4);
    expect(await databaseDigest(app)).toEqual(before);
    await broken.mend();
    fault = null;
    expect(await deliver(app, completed)).toEqual([200]);
    await expectPaidOnce(id);
  });

  it('because of a real deadlock with another transaction is applied all the same', async () => {
    const { sku } = await createProduct(app);
    const order = await placeOrder(app, { items: [{ sku, quantity: 2 }] });
    const sessionId = order.stripeSessionId!;
    await deliver(
      app,
      aboutSession(app, 'checkout.session.expired', sessionId, { status: 'expired' }),
    );
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    const other = new Client({ connectionString: app.database.url });
    await other.connect();
    // The late payment locks the order and wants the tyres; the other one goes the other way round.
    await other.query('BEGIN');
    await other.query('SELECT FROM products WHERE sku = $1 FOR UPDATE', [sku]);
    const delivering = deliver(app, completed);
    await vi.waitUntil(
      async () =>
        (
          await app.sql(
            `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%locked%'
                AND datname = current_database() AND pid <> pg_backend_pid()`,
          )
        ).length > 0,
      { timeout: 10_000, interval: 20 },
    );
    await other.query('SELECT FROM orders WHERE id = $1 FOR UPDATE', [order.id]);
    await other.query('COMMIT');
    await other.end();
    expect(await delivering).toEqual([200]);
    expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
    expect(await stockOf(app, sku)).toBe(8);
  });

  it('tells the caller nothing of the reason', async () => {
    const { completed } = await paidAtStripe();
    await breaking({ table: 'payments', on: 'INSERT', sqlState: 'P0001', times: 1 });
    const [attempt] = await app.doubles.stripe.deliver(completed);
    expect(JSON.parse(attempt!.body)).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal_error',
      instance: '/api/webhook/stripe',
    });
  });

  it('because its connections were cut is applied as soon as there are new ones', async () => {
    const { id, completed } = await paidAtStripe();
    const admin = new Client({ connectionString: app.database.url });
    await admin.connect();
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await admin.end();
    await vi.waitFor(async () => expect(await deliver(app, completed)).toEqual([200]), {
      timeout: 10_000,
      interval: 50,
    });
    await expectPaidOnce(id);
  });
});
