import supertest from 'supertest';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest';
import { MIGRATIONS } from '../../migrations/index.js';
import type { AppProcess } from '../support/app-process.js';
import { maintain, urlOfDatabase } from '../support/database-maintenance.js';
import { PATIENTLY } from '../support/patience.js';
import { expectKilled, isStopped, Processes } from '../support/processes.js';

let processes: Processes;
let database: string;
let url: string;
let counter = 0;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
// An empty database for each test.
beforeEach(async () => {
  const server = inject('testServer');
  database = `${server.template}_empty_${(counter += 1)}`;
  await maintain(server.url, `CREATE DATABASE ${database}`);
  url = urlOfDatabase(server.url, database);
});
afterEach(async () => {
  await processes.end();
  await maintain(inject('testServer').url, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
});
afterAll(() => processes.stop());

const tablesOf = async (): Promise<unknown[]> =>
  (
    await maintain(
      url,
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
    )
  ).map(({ tablename }) => tablename);

const appliedBy = (one: AppProcess): string[] =>
  one.stderr().match(/^Migration \S+ applied$/gm) ?? [];

/** Every migration is noted once, and the process works with what they made. */
async function expectMigratedOnce(...all: readonly AppProcess[]): Promise<void> {
  const rows = await maintain(
    url,
    `SELECT name, count(*)::int AS times FROM migrations GROUP BY name`,
  );
  expect(rows.filter(({ times }) => times !== 1)).toEqual([]);
  expect(await tablesOf()).toContain('orders');
  for (const one of all) {
    await supertest(one.url).get('/health/ready').expect(200);
    await supertest(one.url)
      .get('/api/orders')
      .set('authorization', `Bearer ${processes.app.config.access.adminKeys[0]}`)
      .expect(200);
  }
}

describe('K8 a start on an empty database', { timeout: 90_000 }, () => {
  it('killed in the middle of a migration leaves nothing half made, and the next start completes it', async () => {
    const env = { DATABASE_URL: url };
    await expectKilled(await processes.spawn({ ...env, FAILPOINT: 'mid_migration' }));
    expect(await tablesOf()).toEqual([]);
    const next = await processes.ready(env);
    expect(appliedBy(next).length).toBeGreaterThan(0);
    await expectMigratedOnce(next);
  });

  it('killed between the migrations and listening is simply started again', async () => {
    const env = { DATABASE_URL: url };
    const killed = await processes.spawn({ ...env, FAILPOINT: 'mid_start' });
    await expectKilled(killed);
    expect(appliedBy(killed).length).toBeGreaterThan(0);
    const next = await processes.ready(env);
    expect(appliedBy(next)).toEqual([]);
    await expectMigratedOnce(next);
  });

  it('by two processes at the same instant migrates it once, and both work', async () => {
    const env = { DATABASE_URL: url };
    const both = await Promise.all([processes.spawn(env), processes.spawn(env)]);
    await Promise.all(both.map((one) => one.ready()));
    expect(both.map(appliedBy).filter((lines) => lines.length > 0)).toHaveLength(1);
    await expectMigratedOnce(...both);
    const exits = await Promise.all(both.map((one) => one.end()));
    expect(exits).toEqual(both.map(() => ({ code: 0, signal: null })));
  });

  it('by two, of which the one that migrates is killed, is completed by the other', async () => {
    const env = { DATABASE_URL: url };
    const killed = await processes.spawn({ ...env, FAILPOINT: 'mid_migration:2:freeze' });
    await vi.waitFor(async () => expect(await isStopped(killed.pid)).toBe(true), PATIENTLY);
    const other = await processes.spawn(env);
    expect(await killed.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await other.ready();
    expect(appliedBy(other)).toHaveLength(MIGRATIONS.length - 1);
    await expectMigratedOnce(other);
  });
});
