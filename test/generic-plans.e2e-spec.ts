import { DataSource, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outliveLink } from './support/checkout.js';
import { createProduct, payOrder, placeOrder } from './support/factories.js';
import { BIG_TABLES } from './support/finished-rows.js';
import { collectableOrder } from './support/pickup.js';
import { reconcileLater } from './support/reconciliation.js';
import { askRefund } from './support/refunds.js';
import { tickReminders, waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

/** Three rounds of everything, on a machine that may be busy. */
const PATIENT = { timeout: 90_000 } as const;

/** Tables that have a row or more for each order, and are read while somebody waits. */
const GROWING: ReadonlySet<string> = new Set(BIG_TABLES);

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** What a plan reads from end to end because no index serves, whatever the parameters are. */
const readWhole = (plan: Plan): string[] => [
  ...(plan['Node Type'] === 'Seq Scan' && GROWING.has(plan['Relation Name'] ?? '')
    ? [plan['Relation Name']!]
    : []),
  ...(plan.Plans ?? []).flatMap(readWhole),
];

let app: TestApp;
const statements = new Set<string>();

beforeAll(async () => {
  app = await TestApp.start({
    env: { RATE_LIMIT_ORDERS: '1000', RATE_LIMIT_UNPAID_PER_NUMBER: '100' },
    config: (config) => ({ ...config, database: { ...config.database, poolSize: 2 } }),
  });
});
afterAll(() => app.stop());

/** Both connections of the pool at once, so that none hides. */
async function withBoth<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T[]> {
  const runners = [1, 2].map(() => app.app.get(DataSource).createQueryRunner());
  try {
    return await Promise.all(
      runners.map(async (runner) => runner.connect().then(() => work(runner))),
    );
  } finally {
    await Promise.all(runners.map((runner) => runner.release()));
  }
}

async function gather(): Promise<void> {
  const rows = await withBoth(
    (runner) =>
      runner.query('SELECT statement FROM pg_prepared_statements') as Promise<
        { statement: string }[]
      >,
  );
  for (const { statement } of rows.flat()) statements.add(statement);
}

/** Often enough that each statement is prepared. */
async function live(): Promise<void> {
  const { sku } = await createProduct(app, { stock: 100 });
  const items = [{ sku, quantity: 1 }];
  for (let round = 0; round < 3; round += 1) {
    const paid = await payOrder(app, await placeOrder(app, { items }));
    await app.drain();
    await askRefund(app, paid.id).expect(201);
    const { token } = await collectableOrder(app);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
    await gather();
    await waitingOrder(app, 90, { items });
    await tickReminders(app);
    await app.drain();
    await gather();
    await outliveLink(app, await placeOrder(app, { items }));
    await reconcileLater(app);
    await app.tickCheckout();
    await app.drain();
    await gather();
  }
}

describe(
  'a plan for all parameters, as PostgreSQL may use from the sixth execution on',
  PATIENT,
  () => {
    it('reads no table that grows from end to end', async ({ skip }) => {
      const [server] = await app.sql<{ version: number }>(
        `SELECT current_setting('server_version_num')::int AS version`,
      );
      if (server!.version < 160_000) skip('PostgreSQL tells such plans from version 16 on');
      await live();
      expect(statements.size).toBeGreaterThan(40);
      const runner = app.app.get(DataSource).createQueryRunner();
      const faults: string[] = [];
      try {
        await runner.startTransaction();
        // Tables of a test are small: this is asked for an index wherever there is one that serves.
        await runner.query('SET LOCAL enable_seqscan = off');
        for (const statement of statements) {
          const [row] = (await runner.query(
            `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${statement}`,
          )) as {
            'QUERY PLAN': [{ readonly Plan: Plan }];
          }[];
          const tables = readWhole(row!['QUERY PLAN'][0].Plan);
          if (tables.length > 0) faults.push(`${tables.join()}: ${statement}`);
        }
      } finally {
        await runner.rollbackTransaction();
        await runner.release();
      }
      expect(faults).toEqual([]);
    });
  },
);
