import { Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database.js';
import { dataSourceOptions } from './data-source-options.js';
import { inTransaction } from './transaction.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeEach(async () => {
  database = await createTestDatabase();
  dataSource = await open(1, { preparesStatements: true });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await dataSource.destroy();
  await database.drop();
});

const open = (poolSize: number, road: Parameters<typeof dataSourceOptions>[3]) =>
  new DataSource(dataSourceOptions(database.url, poolSize, null, road)).initialize();

const SKU = 'SELECT sku FROM products WHERE sku = $1';
const PREPARED = 'TABLE pg_prepared_statements';

/** What the one connection holds prepared, with the plans it was executed by. */
const prepared = async (manager: Pick<EntityManager, 'query'> = dataSource) =>
  (await manager.query<{ name: string; statement: string }[]>(PREPARED)).map(
    ({ statement }) => statement,
  );

describe('a statement', () => {
  it('is prepared from its second use on, with or without parameters', async () => {
    await dataSource.query(SKU, ['A']);
    expect(await prepared()).toEqual([]);
    for (const sku of ['B', 'C', 'D']) await dataSource.query(SKU, [sku]);
    for (let n = 0; n < 2; n += 1) await dataSource.query('SELECT count(*) FROM orders');
    expect((await prepared()).toSorted()).toEqual(['SELECT count(*) FROM orders', SKU]);
  });

  it('has the same name in another process', async () => {
    const other = await open(1, { preparesStatements: true });
    const names = [];
    for (const source of [dataSource, other]) {
      for (let n = 0; n < 2; n += 1) await source.query(SKU, ['A']);
      names.push((await source.query<{ name: string }[]>(PREPARED))[0]?.name);
    }
    expect(names[0]).toMatch(/^gc_[\w-]{22}_0$/);
    expect(names[1]).toBe(names[0]);
    await other.destroy();
  });

  it('is never prepared when the road does not allow it', async () => {
    const other = await open(1, {});
    for (let n = 0; n < 3; n += 1) await other.query(SKU, ['A']);
    expect(await prepared(other)).toEqual([]);
    await other.destroy();
  });

  it('that is several in one text, or none of the usual ones, goes as it is', async () => {
    for (let n = 0; n < 3; n += 1) {
      await dataSource.query('SELECT 1; SELECT 2');
      await dataSource.query("SET application_name = 'x'");
    }
    expect(await prepared()).toEqual([]);
  });

  it('is one of at most 256 that a connection prepares', async () => {
    for (let n = 0; n < 300; n += 1) {
      for (let use = 0; use < 2; use += 1) await dataSource.query(`SELECT ${n} + $1::int`, [1]);
    }
    expect(await prepared()).toHaveLength(256);
    expect(await dataSource.query('SELECT 299 + $1::int AS sum', [1])).toEqual([{ sum: 300 }]);
  });
});

describe('a preparation that fails', () => {
  it('is tried anew when the table is there at last', async () => {
    const late = 'SELECT a FROM late_table WHERE a = $1';
    for (let n = 0; n < 3; n += 1) {
      await expect(dataSource.query(late, [1])).rejects.toMatchObject({ code: '42P01' });
    }
    await dataSource.query('CREATE TABLE late_table (a int)');
    expect(await dataSource.query(late, [1])).toEqual([]);
    expect(await prepared()).toEqual([late]);
  });

  it('in a transaction that was given up is tried anew in the next', async () => {
    await dataSource.query(SKU, ['A']);
    const work = dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1 / 0').catch(() => undefined);
      await manager.query(SKU, ['A']);
    });
    await expect(work).rejects.toMatchObject({ code: '25P02' });
    expect(await dataSource.query(SKU, ['A'])).toEqual([]);
    expect(await prepared()).toEqual([SKU]);
  });

  it('because a value could not be sent leaves the statement usable', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (let n = 0; n < 2; n += 1) await dataSource.query(SKU, ['A']);
    for (const value of [circle, 'B', circle, 'C']) {
      const answer = dataSource.query(SKU, [value]);
      if (value === circle) await expect(answer).rejects.toThrow('circular');
      else expect(await answer).toEqual([]);
    }
  });
});

describe('a table that another version changes while this one runs', () => {
  const ALL = 'SELECT * FROM products WHERE sku = $1';
  const widen = (column: string) => dataSource.query(`ALTER TABLE products ADD ${column} int`);

  it('is read on without an error', async () => {
    for (let n = 0; n < 2; n += 1) await dataSource.query(ALL, ['A']);
    await widen('width');
    expect(await dataSource.query(ALL, ['A'])).toEqual([]);
    for (let n = 0; n < 2; n += 1) await dataSource.query(ALL, ['A']);
    const held = await dataSource.query<{ name: string }[]>(
      'SELECT name FROM pg_prepared_statements ORDER BY name',
    );
    expect(held.map(({ name }) => name.at(-1))).toEqual(['0', '1']);
  });

  it('is read on in a transaction, which is repeated once', async () => {
    const TWO = 'SELECT p.* FROM products p WHERE sku = $1';
    for (let n = 0; n < 2; n += 1) {
      await dataSource.query(ALL, ['A']);
      await dataSource.query(TWO, ['A']);
    }
    await widen('width');
    let runs = 0;
    await inTransaction(dataSource, async (manager) => {
      runs += 1;
      await manager.query(ALL, ['A']);
      await manager.query(TWO, ['A']);
    });
    expect(runs).toBe(2);
  });
});

describe('a connection that loses what was prepared on it', () => {
  it.each([
    [
      'one statement',
      (work: (manager: EntityManager) => Promise<unknown>) => work(dataSource.manager),
    ],
    [
      'a transaction',
      (work: (manager: EntityManager) => Promise<unknown>) => inTransaction(dataSource, work),
    ],
  ])('is noticed by %s, which succeeds, and nothing is prepared any more', async (_, run) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    for (let n = 0; n < 2; n += 1) await dataSource.query(SKU, ['A']);
    await dataSource.query('DEALLOCATE ALL');
    expect(await run((manager) => manager.query(SKU, ['A']))).toEqual([]);
    for (let n = 0; n < 2; n += 1) await dataSource.query(SKU, ['A']);
    expect(await prepared()).toEqual([]);
    expect(warn.mock.calls).toEqual([
      [expect.objectContaining({ event: 'database.prepared_statements_off' })],
    ]);
  });

  it('or holds it already under the same name does no harm either', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    for (let n = 0; n < 2; n += 1) await dataSource.query(SKU, ['A']);
    const [{ name } = { name: '' }] = await dataSource.query<{ name: string }[]>(PREPARED);
    await dataSource.destroy();
    dataSource = await open(1, { preparesStatements: true });
    await dataSource.query(`PREPARE "${name}" (text) AS ${SKU}`);
    for (let n = 0; n < 3; n += 1) expect(await dataSource.query(SKU, ['A'])).toEqual([]);
  });
});

describe('through a pooler, which takes no settings at the start', () => {
  it('each transaction has the time limits', async () => {
    const pooled = await open(1, { hasPooler: true });
    const limits = (manager: Pick<EntityManager, 'query'>) =>
      manager.query(
        `SELECT current_setting('statement_timeout') AS statement,
                current_setting('idle_in_transaction_session_timeout') AS idle`,
      );
    expect(await pooled.transaction(limits)).toEqual([{ statement: '15s', idle: '15s' }]);
    expect(await limits(pooled)).toEqual([{ statement: '0', idle: '0' }]);
    await pooled.destroy();
  });
});
