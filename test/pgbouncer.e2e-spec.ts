import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadAppConfig } from '../src/config/load-app-config.js';
import {
  type CompiledApplication,
  compileApplication,
  environmentBeside,
  spawnApplication,
} from './support/app-process.js';
import { outliveLink, stockOf } from './support/checkout.js';
import { maintain, urlOfDatabase } from './support/database-maintenance.js';
import { createProduct, orderBody, placeOrder, readOrder } from './support/factories.js';
import { linesOf } from './support/log-lines.js';
import { factsOf } from './support/order-facts.js';
import { expectPaidOnce, expectToldOnce } from './support/paid.js';
import { findPgBouncer, PgBouncer, sayWhySkipped } from './support/pgbouncer.js';
import { callReconcile, makeChecksDue } from './support/reconciliation.js';
import { askRefund, expectMoneyConserved, refundsAtStripe } from './support/refunds.js';
import { insertWaitingOrders, tickReminders } from './support/reminders.js';
import { postWebhook, sessionEvent } from './support/stripe-events.js';
import { TestApp, type TestAppOptions } from './support/test-app.js';

const isInstalled = findPgBouncer() !== null;
if (!isInstalled) sayWhySkipped('the application through a pooler in transaction mode');

/** A whole life of orders, and a build, on a machine that may be busy. */
const PATIENT = { timeout: 90_000 } as const;

/** The database by way of the pooler, as the variables of a deployment would say it. */
const through =
  (pooler: PgBouncer, variables: (direct: string) => NodeJS.ProcessEnv): TestAppOptions['config'] =>
  (config) => {
    const direct = config.database.url!;
    const pooled = { NODE_ENV: 'test', DATABASE_URL: pooler.through(direct) };
    return { ...config, database: loadAppConfig({ ...pooled, ...variables(direct) }).database };
  };

const ENDED = { state: 'cancelled/failed', cancelReason: 'payment_link_expired' };

const complaintsIn = (lines: readonly Record<string, unknown>[]) =>
  lines.filter(({ level }) => ['warn', 'error', 'fatal'].includes(String(level)));

describe.skipIf(!isInstalled)(
  'two applications through PgBouncer, with DIRECT_URL',
  PATIENT,
  () => {
    let pooler: PgBouncer;
    let app: TestApp;
    let second: TestApp;

    beforeAll(async () => {
      const config: TestAppOptions['config'] = (given) =>
        through(pooler, (direct) => ({ DIRECT_URL: direct }))!(given);
      const env = { RATE_LIMIT_PICKUPS: '5' };
      const { url } = inject('testServer');
      pooler = await PgBouncer.before(url);
      app = await TestApp.start({ env, config });
      second = await TestApp.start({ env, config, beside: app });
    });
    afterAll(async () => {
      await second.stop();
      await app.stop();
      await pooler.stop();
    });

    const both = <T>(ask: (instance: TestApp, n: number) => Promise<T>, times = 2): Promise<T[]> =>
      Promise.all(Array.from({ length: times }, (_, n) => ask(n % 2 === 0 ? app : second, n)));

    it('use it for everything and prepare nothing', async () => {
      expect(app.config.database.preparesStatements).toBe(false);
      for (const instance of [app, second]) await instance.http.get('/health/ready').expect(200);
      const client = new Client({ connectionString: app.database.url });
      await client.connect();
      const { rows } = await client.query<{ connections: number }>(
        `SELECT count(*)::int AS connections FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      await client.end();
      expect(rows[0]!.connections).toBeLessThanOrEqual(5);
    });

    it('place one order for one key, take its payment once and give it back once', async () => {
      const { sku } = await createProduct(app);
      const body = await orderBody(app, { items: [{ sku, quantity: 2 }] });
      const key = randomUUID();
      const place = (instance: TestApp) =>
        instance.as('shop').post('/api/orders').set('idempotency-key', key).send(body);
      const answers = await both(async (instance) => place(instance));
      const placed = (await place(app).expect(200)).body;
      const made = answers.filter(({ status }) => status === 201);
      expect(made.map(({ body: { id } }) => id as string)).toEqual([placed.id]);
      expect(await stockOf(app, sku)).toBe(8);

      await both((instance) => instance.drain());
      app.doubles.stripe.pay(placed.stripeSessionId);
      const event = JSON.stringify(
        sessionEvent(app, 'checkout.session.completed', placed.stripeSessionId),
      );
      const deliveries = await both(async (instance) => postWebhook(instance, event), 20);
      expect(deliveries.map(({ status }) => status)).toEqual(deliveries.map(() => 200));
      await app.doubles.stripe.deliverPending();
      await expectPaidOnce(app, placed.id);
      for (let round = 0; round < 3; round += 1) await both((instance) => instance.drain());
      await expectToldOnce(app, await readOrder(app, placed.id));

      const refunds = await both(async (instance) => askRefund(instance, placed.id));
      await app.doubles.stripe.deliverPending();
      expect(refunds.map(({ status }) => status)).toContain(201);
      const intent = app.doubles.stripe.paymentIntentOf(placed.stripeSessionId).id;
      expect(refundsAtStripe(app, intent)).toEqual([25_990]);
      expect((await factsOf(app, placed.id)).state).toBe('confirmed/refunded');
      expect(await stockOf(app, sku)).toBe(10);
      await expectMoneyConserved(app);
    });

    it('remind once whom both find due at once', async () => {
      await both((instance) => instance.drain());
      const orders = await insertWaitingOrders(app, 30, 90);
      const ticked = await both((instance) => tickReminders(instance), 6);
      expect(ticked.reduce((sum, count) => sum + count, 0)).toBe(orders.length);
      const before = app.doubles.twilio.messages.length;
      await both((instance) => instance.drain());
      expect(app.doubles.twilio.messages.length - before).toBe(orders.length);
    });

    it('end an order whose link has ended, told by an event or found by asking', async () => {
      const [told, found] = [await placeOrder(app), await placeOrder(second)];
      await both((instance) => instance.drain());
      await outliveLink(app, told);
      await app.doubles.stripe.deliverPending();
      expect(await factsOf(app, told.id)).toMatchObject(ENDED);
      await outliveLink(app, found);
      await makeChecksDue(app);
      await both((instance) => callReconcile(instance));
      expect(await factsOf(app, found.id)).toMatchObject(ENDED);
      for (const { items } of [told, found]) expect(await stockOf(app, items[0]!.sku)).toBe(10);
    });

    it('count requests together', async () => {
      const answers = await both(
        async (instance, n) =>
          instance
            .as('counter')
            .post('/api/pickups')
            .send({ token: `guess-${n}` }),
        8,
      );
      const counted = answers.map(({ status }) => status).toSorted((one, other) => one - other);
      expect(counted).toEqual([404, 404, 404, 404, 404, 429, 429, 429]);
    });

    it('end a transaction that hangs, as without a pooler', async () => {
      const [row] = await app.app
        .get(DataSource)
        .transaction((manager) =>
          manager.query<{ limit: string }[]>(
            `SELECT current_setting('statement_timeout') AS limit`,
          ),
        );
      expect(row).toEqual({ limit: '15s' });
    });

    it('have said nothing but good of it', () => {
      expect(complaintsIn(second.logs)).toEqual([]);
    });
  },
);

describe.skipIf(!isInstalled)('a process through PgBouncer', PATIENT, () => {
  const { url, template } = inject('testServer');
  const name = `${template}_empty`;
  const direct = urlOfDatabase(url, name);
  let app: TestApp;
  let pooler: PgBouncer;
  let compiled: CompiledApplication;

  beforeAll(async () => {
    app = await TestApp.start();
    pooler = await PgBouncer.before(url);
    compiled = await compileApplication();
    await maintain(url, `CREATE DATABASE ${name}`);
  }, PATIENT.timeout);
  afterAll(async () => {
    await pooler.stop();
    await maintain(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await compiled.remove();
    await app.stop();
  });

  const spawn = (variables: NodeJS.ProcessEnv) =>
    spawnApplication(compiled, {
      ...environmentBeside(app),
      DATABASE_URL: pooler.through(direct),
      ...variables,
    });

  it('makes its tables on an empty database beside another one that does the same', async () => {
    const processes = await Promise.all([1, 2].map(() => spawn({ DIRECT_URL: direct })));
    try {
      for (const one of processes) {
        await one.ready();
        expect((await fetch(`${one.url}/health/ready`)).status).toBe(200);
      }
    } finally {
      await Promise.all(processes.map((one) => one.end()));
    }
    expect(processes.flatMap((one) => complaintsIn(one.logs()))).toEqual([]);
  });

  it('without DIRECT_URL says in one line what to set', async () => {
    const one = await spawn({});
    expect((await one.ended).code).toBe(1);
    expect(one.stderr()).toMatch(/^DATABASE_URL leads through a pooler .* set DIRECT_URL .*\n$/);
  });
});

describe.skipIf(!isInstalled)('an application that was not told of the pooler', PATIENT, () => {
  it('notices it, says so once, and serves everybody meanwhile', async () => {
    const { url } = inject('testServer');
    const pooler = await PgBouncer.before(url, [
      'ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout',
    ]);
    const app = await TestApp.start({ config: through(pooler, () => ({})) });
    expect(app.config.database.preparesStatements).toBe(true);
    try {
      const { sku } = await createProduct(app, { stock: 1_000 });
      for (let round = 0; round < 3; round += 1) {
        const orders = await Promise.all(
          Array.from({ length: 20 }, async () =>
            placeOrder(app, { items: [{ sku, quantity: 1 }] }),
          ),
        );
        for (const order of orders) app.doubles.stripe.pay(order.stripeSessionId!);
        await app.doubles.stripe.deliverPending();
        for (const { id } of orders) await expectPaidOnce(app, id);
        await app.drain();
      }
      expect(linesOf(app, 'database.prepared_statements_off')).toHaveLength(1);
      expect(complaintsIn(app.logs)).toHaveLength(1);
    } finally {
      await app.stop();
      await pooler.stop();
    }
  });
});
