import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database.js';
import { isUnavailable } from '../common/unavailable.js';
import { dataSourceOptions } from './data-source-options.js';

const LIMIT_MS = 1_000;

let database: TestDatabase;
let line: TcpProxy;
let dataSource: DataSource;

beforeEach(async () => {
  database = await createTestDatabase();
  line = await TcpProxy.to(database.url);
  dataSource = new DataSource(dataSourceOptions(line.through(database.url), 3, LIMIT_MS));
  await dataSource.initialize();
});
afterEach(async () => {
  await line.cut();
  await dataSource.destroy();
  await database.drop();
});

describe('a connection to a server that has vanished without a word', () => {
  it('is given up after the limit, as unavailable, and replaced', async () => {
    await Promise.all([1, 2, 3].map(() => dataSource.query('SELECT pg_sleep(0.05)')));
    line.fallSilent();
    const startedAt = Date.now();
    const errors = await Promise.all(
      [1, 2, 3].map(() => dataSource.query('SELECT 1').then(String, (error: unknown) => error)),
    );
    expect(Date.now() - startedAt).toBeLessThan(5 * LIMIT_MS);
    expect(errors.map((error) => isUnavailable(error))).toEqual([true, true, true]);

    await line.mend();
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('gives back the transaction it was in', async () => {
    const work = dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      line.fallSilent();
      await manager.query('SELECT 2');
    });
    await expect(work).rejects.toSatisfy((error) => isUnavailable(error));

    await line.mend();
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a connection that is only slow', () => {
  it('is kept as long as something passes within the limit', async () => {
    const [row] = await dataSource.transaction(async (manager) => {
      for (let n = 0; n < 3; n += 1) await manager.query('SELECT pg_sleep(0.4)');
      return manager.query<{ one: number }[]>('SELECT 1 AS one');
    });
    expect(row).toEqual({ one: 1 });
  });
});
