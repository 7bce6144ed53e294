import { setTimeout as pause } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database.js';
import { BoundedPool } from './bounded-pool.js';

let database: TestDatabase;
let pool: BoundedPool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = new BoundedPool({
    connectionString: database.url,
    max: 1,
    connectionTimeoutMillis: 8_000,
  });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const SERVED = 'served';
const tryOne = (): Promise<string> =>
  pool.connect().then(
    (client) => {
      client.release();
      return SERVED;
    },
    (error: { code?: string }) => error.code ?? 'no code',
  );

describe('a pool of one connection that is in use', () => {
  it('lets a hundred wait, refuses the next one at once, and serves the hundred', async () => {
    const held: PoolClient = await pool.connect();
    const waiting = Array.from({ length: 100 }, tryOne);
    expect(await tryOne()).toBe('53300');
    held.release();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => SERVED));
    expect(await tryOne()).toBe(SERVED);
  });

  it('refuses at once whoever comes when nobody was served for two seconds', async () => {
    const held: PoolClient = await pool.connect();
    const first = tryOne();
    await pause(3_000);
    const startedAt = performance.now();
    expect(await tryOne()).toBe('53300');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    held.release();
    expect(await first).toBe(SERVED);
    expect(await tryOne()).toBe(SERVED);
    expect((await pool.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
