import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadAppConfig } from '../src/config/load-app-config.js';
import { placeOrder, readOrder } from './support/factories.js';
import { factsOf } from './support/order-facts.js';
import { findPgBouncer, PgBouncer, sayWhySkipped } from './support/pgbouncer.js';
import {
  ageMonths,
  applyRetention,
  collectedOrder,
  holdings,
  oldOrders,
  placeOf,
} from './support/retention.js';
import { TestApp, type TestAppOptions } from './support/test-app.js';

const isInstalled = findPgBouncer() !== null;
if (!isInstalled) sayWhySkipped('retention through a pooler in transaction mode');

describe.skipIf(!isInstalled)('retention through PgBouncer', { timeout: 60_000 }, () => {
  let pooler: PgBouncer;
  let app: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    const config: TestAppOptions['config'] = (given) => {
      const direct = given.database.url!;
      const env = { NODE_ENV: 'test', DATABASE_URL: pooler.through(direct), DIRECT_URL: direct };
      return { ...given, database: loadAppConfig(env).database };
    };
    pooler = await PgBouncer.before(inject('testServer').url);
    app = await TestApp.start({ config });
    second = await TestApp.start({ config, beside: app });
  });
  afterAll(async () => {
    await second.stop();
    await app.stop();
    await pooler.stop();
  });

  it('makes its months and moves each order once, by two instances at once', async () => {
    await oldOrders(app, await placeOrder(app), 450);
    const before = await holdings(app);
    await Promise.all([applyRetention(app), applyRetention(second)]);
    await applyRetention(app);
    const [row] = await app.sql(`SELECT count(*)::int AS archived FROM archived_orders`);
    expect(row).toEqual({ archived: 450 });
    expect(await holdings(app)).toEqual(before);
  });

  it('leaves no setting and no lock behind on the connections that others use', async () => {
    await Promise.all([applyRetention(app), applyRetention(second)]);
    const limits = await Promise.all(
      Array.from({ length: 10 }, () => app.sql(`SELECT current_setting('lock_timeout') AS value`)),
    );
    expect(new Set(limits.flat().map(({ value }) => value))).toEqual(new Set(['0']));
    const locks = await app.sql(
      `SELECT FROM pg_locks WHERE locktype = 'advisory'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(locks).toEqual([]);
  });

  it('brings an order back for a refund that comes late', async () => {
    const { order, intentId } = await collectedOrder(app);
    await ageMonths(app, order.id, 19);
    await applyRetention(second);
    expect(await placeOf(app, order.id)).toEqual(['archive']);
    expect((await readOrder(second, order.id)).status).toBe('picked_up');
    app.doubles.stripe.refund(intentId);
    await app.doubles.stripe.deliverPending();
    expect((await factsOf(app, order.id)).state).toBe('picked_up/refunded');
  });
});
