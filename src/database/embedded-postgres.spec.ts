import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Starter, compileStarter, spawnStarter } from '../../test/support/starter-process.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { clusterPaths } from './postgres-cluster.js';
import { findPostmaster } from './postmaster-pid.js';

let folder: string;
let dataDir: string;
let starterProgram: string;
const running: EmbeddedPostgres[] = [];
const starters: Starter[] = [];

async function start(durable = true, onProgress?: (line: string) => void) {
  const server = await startEmbeddedPostgres({
    dataDir,
    durable,
    ...(onProgress && { onProgress }),
  });
  running.push(server);
  return server;
}

async function startElsewhere(): Promise<Starter> {
  const starter = await spawnStarter(starterProgram, dataDir);
  starters.push(starter);
  return starter;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query<object>(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

const postmaster = () => findPostmaster(clusterPaths(dataDir).cluster);
const pidFile = () => join(clusterPaths(dataDir).cluster, 'postmaster.pid');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `garageconnect-test-${process.pid}-`));
  // For root, whose server may have to run as nobody.
  await chmod(folder, 0o711);
  // A space and an accent, as in many a home folder.
  dataDir = join(folder, 'données du garage');
  starterProgram = await compileStarter(join(folder, 'starter'));
  const server = await start();
  await ask(server.url, 'CREATE TABLE survivors AS SELECT 42 AS answer');
  await server.stop();
});

afterEach(async () => {
  for (const starter of starters.splice(0)) await starter.end('SIGTERM');
  for (const server of running.splice(0)) await server.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('startEmbeddedPostgres', () => {
  it('keeps the data from one start to the next', async () => {
    const server = await start();
    expect(await ask(server.url, 'SELECT answer FROM survivors')).toBe(42);
  });

  it('listens on 127.0.0.1 only, durable, in UTC, and knows accented letters', async () => {
    const { url } = await start();
    expect(await ask(url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await ask(url, 'SHOW unix_socket_directories')).toBe('');
    expect(await ask(url, 'SHOW fsync')).toBe('on');
    expect(await ask(url, 'SHOW timezone')).toBe('UTC');
    expect(await ask(url, `SELECT lower('ÉLODIE')`)).toBe('élodie');
  });

  it('switches durability off for tests', async () => {
    const { url } = await start(false);
    expect(await ask(url, 'SHOW fsync')).toBe('off');
  });

  it('lets nobody else read the data or the password, and refuses a wrong password', async () => {
    const { url } = await start();
    const { passwordFile, logFile } = clusterPaths(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(passwordFile)).mode & 0o777).toBe(0o600);
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
    const forged = new URL(url);
    forged.password = 'guessed';
    await expect(ask(forged.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('leaves no process and no pid file after stop, which may be called twice', async () => {
    const server = await start();
    const { pid } = (await postmaster()) ?? { pid: 0 };
    await Promise.all([server.stop(), server.stop()]);
    expect(await postmaster()).toBeUndefined();
    expect(existsSync(pidFile())).toBe(false);
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).toBe('');
  });

  it('adopts the server of a process that was killed', async () => {
    const owner = await startElsewhere();
    const before = await postmaster();
    await owner.end('SIGKILL');
    const server = await start();
    expect(await postmaster()).toEqual(before);
    expect(server.url).toBe(owner.url);
    await server.stop();
    expect(await postmaster()).toBeUndefined();
  });

  it('is out of reach of Ctrl-C, so that the application can finish first', async () => {
    const owner = await startElsewhere();
    const before = await postmaster();
    await owner.end('SIGINT');
    await start();
    expect(await postmaster()).toEqual(before);
  });

  it('starts again after both the process and its server were killed', async () => {
    const owner = await startElsewhere();
    const killed = (await postmaster()) ?? { pid: 0 };
    await owner.end('SIGKILL');
    process.kill(killed.pid, 'SIGKILL');
    const server = await start();
    expect((await postmaster())?.pid).not.toBe(killed.pid);
    expect(await ask(server.url, 'SELECT answer FROM survivors')).toBe(42);
  });

  it('starts its server again under the same URL whenever it is killed', async () => {
    const said: string[] = [];
    const readyAgain = () => said.filter((line) => line.startsWith('PostgreSQL is ready again'));
    const server = await start(true, (line) => said.push(line));
    for (const [earlier, signal] of (['SIGQUIT', 'SIGKILL'] as const).entries()) {
      const before = (await postmaster()) ?? { pid: 0 };
      process.kill(before.pid, signal);
      await vi.waitFor(
        async () => {
          expect(await ask(server.url, 'SELECT answer FROM survivors')).toBe(42);
          expect((await postmaster())?.pid).not.toBe(before.pid);
          // A server answers before its watch has joined it: killed in between, it is one restart.
          expect(readyAgain()).toHaveLength(earlier + 1);
        },
        { timeout: 15_000, interval: 50 },
      );
    }
    await server.stop();
    expect(await postmaster()).toBeUndefined();
  });

  it('is started again by one of the processes that share it, and still ended by the last', async () => {
    const [server, other] = [await start(), await startElsewhere()];
    const before = (await postmaster()) ?? { pid: 0 };
    process.kill(before.pid, 'SIGQUIT');
    await vi.waitFor(
      async () => expect(await ask(other.url, 'SELECT answer FROM survivors')).toBe(42),
      { timeout: 15_000, interval: 50 },
    );
    await vi.waitFor(
      async () =>
        expect(
          await ask(
            server.url,
            `SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND granted`,
          ),
        ).toBe(2),
      { timeout: 15_000, interval: 50 },
    );
    await server.stop();
    expect(await ask(other.url, 'SELECT answer FROM survivors')).toBe(42);
    await other.end('SIGTERM');
    expect(await postmaster()).toBeUndefined();
  });

  it('is not fooled by a pid that belongs to another program now', async () => {
    const now = Math.floor(Date.now() / 1000);
    const lines = [
      process.ppid,
      clusterPaths(dataDir).cluster,
      now,
      5432,
      '',
      '127.0.0.1',
      1,
      'ready',
    ];
    await writeFile(pidFile(), lines.join('\n'));
    const server = await start();
    expect(await ask(server.url, 'SELECT answer FROM survivors')).toBe(42);
  });

  it('leaves the server to another process and lets the last one end it', async () => {
    const server = await start();
    const other = await startElsewhere();
    expect(other.url).toBe(server.url);
    await server.stop();
    expect(await ask(other.url, 'SELECT answer FROM survivors')).toBe(42);
    await other.end('SIGTERM');
    expect(await postmaster()).toBeUndefined();
  });

  it('gives a process that arrives during the last stop a server of its own', async () => {
    const first = await start();
    const [, second] = await Promise.all([first.stop(), start()]);
    expect(await ask(second.url, 'SELECT answer FROM survivors')).toBe(42);
  });

  it('shares one server among processes that start at the same moment on an empty folder', async () => {
    const shared = dataDir;
    dataDir = join(folder, 'empty');
    try {
      const [one, two, three] = await Promise.all([startElsewhere(), startElsewhere(), start()]);
      expect(new Set([one.url, two.url, three.url]).size).toBe(1);
      expect(await ask(one.url, 'SELECT current_database()')).toBe('garageconnect');
      await Promise.all([one.end('SIGTERM'), two.end('SIGTERM'), three.stop()]);
      expect(await postmaster()).toBeUndefined();
    } finally {
      dataDir = shared;
    }
  });

  it('begins anew when the first start was killed halfway', async () => {
    const shared = dataDir;
    dataDir = join(folder, 'halfway');
    try {
      const half = join(dataDir, 'postgres.new-4194000-killed');
      await mkdir(join(half, 'data'), { recursive: true });
      await writeFile(join(half, 'data', 'PG_VERSION'), '17\n');
      const server = await start();
      expect(await ask(server.url, 'SELECT 1')).toBe(1);
      expect(existsSync(half)).toBe(false);
    } finally {
      dataDir = shared;
    }
  });

  it('refuses a folder that holds something else, in one line', async () => {
    const alien = join(folder, 'alien');
    await mkdir(join(alien, 'postgres', 'data'), { recursive: true });
    const failure = startEmbeddedPostgres({ dataDir: alien });
    await expect(failure).rejects.toThrow(EmbeddedPostgresError);
    await expect(failure).rejects.toThrow(
      /^.*holds files but no PostgreSQL cluster: move it away.*$/,
    );
  });

  it('shows the end of the log of PostgreSQL when it does not start', async () => {
    const shown: string[] = [];
    const { cluster } = clusterPaths(dataDir);
    const settings = join(cluster, 'postgresql.auto.conf');
    await writeFile(settings, 'no_such_setting = 1\n');
    try {
      await expect(start(true, (line) => shown.push(line))).rejects.toThrow(
        /did not start in .*: read/,
      );
      expect(shown.join('\n')).toContain('unrecognized configuration parameter "no_such_setting"');
    } finally {
      await writeFile(settings, '');
    }
  });
});
