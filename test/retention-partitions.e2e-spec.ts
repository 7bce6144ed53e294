import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../migrations/index.js';
import { placeOrder } from './support/factories.js';
import {
  oldOrders,
  ageMonths,
  applyRetention,
  cancelledOrder,
  placeOf,
} from './support/retention.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.logs.length = 0;
});

const partitionsOf = async (parent: string): Promise<string[]> => {
  const rows = await app.sql<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits
      WHERE inhparent = $1::regclass ORDER BY 1`,
    [parent],
  );
  return rows.map(({ name }) => name);
};

/** `2026_11`, so many months from now, in UTC. */
const month = (offset: number): string => {
  const today = new Date();
  const then = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + offset, 1));
  return then.toISOString().slice(0, 7).replace('-', '_');
};

describe('the partitions', () => {
  it('are made ahead: this month and the next, for a shop that has just begun', async () => {
    await applyRetention(app);
    for (const parent of ['archived_orders', 'archived_notifications']) {
      expect(await partitionsOf(parent)).toEqual([
        `${parent}_${month(0)}`,
        `${parent}_${month(1)}`,
      ]);
    }
    expect(await applyRetention(app)).toBe(0);
  });

  it('are made for every month since before the oldest order, with the indexes of their table', async () => {
    const order = await placeOrder(app);
    await ageMonths(app, order.id, 5);
    await applyRetention(app);
    const names = [-6, -5, -4, -3, -2, -1, 0, 1].map(
      (offset) => `archived_orders_${month(offset)}`,
    );
    expect(await partitionsOf('archived_orders')).toEqual(names);
    const indexes = await app.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_index WHERE indrelid = $1::regclass
        UNION ALL SELECT count(*)::int FROM pg_index WHERE indrelid = 'archived_orders'::regclass`,
      [names[0]],
    );
    expect(indexes).toEqual([{ count: 3 }, { count: 3 }]);
  });

  it('hold the months of UTC, to the last microsecond', async () => {
    const order = await cancelledOrder(app);
    const [bounds] = await app.sql<{ first: string; last: string }>(
      `SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '20 months', 'YYYY_MM') AS first,
              to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '21 months', 'YYYY_MM') AS last`,
    );
    const other = await cancelledOrder(app);
    await ageMonths(app, order.id, 21);
    await ageMonths(app, other.id, 22);
    const edge = `(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '20 months') AT TIME ZONE 'UTC'`;
    await app.sql(`UPDATE orders SET created_at = ${edge} WHERE id = $1`, [order.id]);
    await app.sql(
      `UPDATE orders SET created_at = ${edge} - interval '1 microsecond' WHERE id = $1`,
      [other.id],
    );
    await applyRetention(app);
    const where = await app.sql(
      `SELECT id, tableoid::regclass::text AS partition FROM archived_orders WHERE id IN ($1, $2)
        ORDER BY created_at`,
      [other.id, order.id],
    );
    expect(where).toEqual([
      { id: other.id, partition: `archived_orders_${bounds!.last}` },
      { id: order.id, partition: `archived_orders_${bounds!.first}` },
    ]);
  });

  it('are dropped when their year has been over for ten years, with the names of their orders', async () => {
    const order = await cancelledOrder(app);
    const year = new Date().getUTCFullYear() - 10;
    const at = async (instant: string): Promise<void> => {
      await app.sql(`UPDATE archived_orders SET created_at = $2 WHERE id = $1`, [
        order.id,
        instant,
      ]);
      await app.sql(`UPDATE archived_order_names SET created_at = $2 WHERE order_id = $1`, [
        order.id,
        instant,
      ]);
    };
    await ageMonths(app, order.id, 19);
    await applyRetention(app);
    const first = `archived_orders_${year}_01`;
    const last = `archived_orders_${year - 1}_12`;
    await app.sql(`CREATE TABLE ${last} PARTITION OF archived_orders
      FOR VALUES FROM ('${year - 1}-12-01 00:00:00Z') TO ('${year}-01-01 00:00:00Z')`);
    await app.sql(`CREATE TABLE ${first} PARTITION OF archived_orders
      FOR VALUES FROM ('${year}-01-01 00:00:00Z') TO ('${year}-02-01 00:00:00Z')`);

    await at(`${year}-01-01T00:00:00Z`);
    await applyRetention(app);
    expect(await placeOf(app, order.id)).toEqual(['archive']);
    expect(await partitionsOf('archived_orders')).toContain(first);
    expect(await partitionsOf('archived_orders')).not.toContain(last);

    await app.sql(`CREATE TABLE ${last} PARTITION OF archived_orders
      FOR VALUES FROM ('${year - 1}-12-01 00:00:00Z') TO ('${year}-01-01 00:00:00Z')`);
    await at(`${year - 1}-12-31T23:59:59.999Z`);
    await applyRetention(app);
    expect(await partitionsOf('archived_orders')).not.toContain(last);
    expect(await placeOf(app, order.id)).toEqual([]);
    expect(
      await app.sql(`SELECT FROM archived_order_names WHERE order_id = $1`, [order.id]),
    ).toEqual([]);
    expect(await app.as('shop').get(`/api/orders/${order.id}`)).toMatchObject({ status: 404 });
    const line = app.logs.findLast(({ event }) => event === 'retention.partition_dropped');
    expect(line).toMatchObject({ level: 'warn', partition: last, rows: 1 });
  });

  it('wait for a reader of the archive no longer than two seconds, and hold nobody up', async () => {
    const order = await placeOrder(app);
    await ageMonths(app, order.id, 30);
    const reader = app.app.get(DataSource).createQueryRunner();
    await reader.startTransaction();
    try {
      await reader.query(`SELECT count(*) FROM archived_orders`);
      // A new month is attached beside the reader …
      await applyRetention(app);
      expect(await partitionsOf('archived_orders')).toContain(`archived_orders_${month(-30)}`);
      // … and an old one is dropped another night.
      await app.sql(`CREATE TABLE archived_orders_2001_01 PARTITION OF archived_notifications
        FOR VALUES FROM ('2001-01-01 00:00:00Z') TO ('2001-02-01 00:00:00Z')`);
      await reader.query(`SELECT count(*) FROM archived_notifications`);
      await applyRetention(app);
      const failed = app.logs.filter(({ event }) => event === 'retention.part_failed');
      expect(failed.map(({ kind }) => kind)).toEqual(['partition_dropped']);
      await app.as('shop').get(`/api/orders/${order.id}`).expect(200);
    } finally {
      await reader.rollbackTransaction();
      await reader.release();
    }
    await applyRetention(app);
    expect(await partitionsOf('archived_notifications')).not.toContain('archived_orders_2001_01');
  });
});

describe('the archive', () => {
  it('has a column for every column of an order', async () => {
    const columns = (table: string) =>
      app.sql<{ line: string }>(
        `SELECT column_name || ' ' || data_type || ' ' || is_nullable AS line
           FROM information_schema.columns WHERE table_name = $1`,
        [table],
      );
    const archived = (await columns('archived_orders')).map(({ line }) => line);
    const live = (await columns('orders')).map(({ line }) => line);
    expect(archived).toEqual(expect.arrayContaining(live));
  });

  it('knows every table that hangs on an order', async () => {
    const rows = await app.sql<{ name: string }>(
      `SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
        WHERE contype = 'f' AND confrelid = 'orders'::regclass ORDER BY 1`,
    );
    const { ARCHIVED_TABLES } = await import('../src/retention/archive.sql.js');
    expect(rows.map(({ name }) => name)).toEqual(
      [...Object.keys(ARCHIVED_TABLES), 'idempotency_keys', 'notifications'].toSorted(),
    );
  });

  it('is not undone while it holds anything', async () => {
    const order = await cancelledOrder(app);
    await oldOrders(app, order, 1);
    await applyRetention(app);
    const Archive = MIGRATIONS.find(({ name }) => name.startsWith('Archive'))!;
    const runner = app.app.get(DataSource).createQueryRunner();
    await runner.startTransaction();
    await expect(new Archive().down(runner)).rejects.toThrow('The archive is not empty');
    await runner.rollbackTransaction();
    await runner.release();
  });
});
