import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { commandAs, type ServerAccount } from '../../src/database/server-account.js';
import { freePort } from './free-port.js';

const PLACES = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'];
const READY_MS = 10_000;
const NOBODY = { uid: 65534, gid: 65534 };

export const findPgBouncer = (): string | null => PLACES.find((path) => existsSync(path)) ?? null;

/** One line, for a run without these tests: a skip that nobody sees is taken for a success. */
export function sayWhySkipped(what: string): void {
  process.stderr.write(
    `Skipped: ${what}: PgBouncer is not installed (apt-get install pgbouncer).\n`,
  );
}

/** Debian's PgBouncer in transaction mode, as providers run it: five connections for everybody. */
export class PgBouncer {
  private said = '';

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly ended: Promise<unknown>,
    private readonly kill: () => void,
  ) {}

  /** In front of the server of this URL, whatever the database; `settings` are lines of its ini file. */
  static async before(serverUrl: string, settings: readonly string[] = []): Promise<PgBouncer> {
    const { hostname, port: serverPort, username, password } = new URL(serverUrl);
    const folder = await mkdtemp(join(tmpdir(), 'garageconnect-pgbouncer-'));
    const port = await freePort();
    const [ini, users] = [join(folder, 'pgbouncer.ini'), join(folder, 'users')];
    await writeFile(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
    await writeFile(
      ini,
      [
        '[databases]',
        `* = host=${hostname} port=${serverPort}`,
        '[pgbouncer]',
        'listen_addr = 127.0.0.1',
        `listen_port = ${port}`,
        'unix_socket_dir =',
        'auth_type = scram-sha-256',
        `auth_file = ${users}`,
        'pool_mode = transaction',
        'default_pool_size = 5',
        'max_client_conn = 200',
        ...settings,
      ].join('\n'),
    );
    const account = await accountFor([folder, ini, users]);
    const { command, args, options } = commandAs(account, findPgBouncer()!, [ini]);
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const pooler = new PgBouncer(folder, port, once(child, 'close'), () => child.kill('SIGKILL'));
    child.stderr.on('data', (chunk: Buffer) => (pooler.said += chunk.toString('utf8')));
    const deadline = Date.now() + READY_MS;
    while (!pooler.said.includes('process up')) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await pooler.stop();
        throw new Error(`PgBouncer does not start:\n${pooler.said}`);
      }
      await pause(25);
    }
    return pooler;
  }

  /** The same URL by way of the pooler. */
  through(url: string): string {
    const pooled = new URL(url);
    pooled.hostname = '127.0.0.1';
    pooled.port = String(this.port);
    return pooled.href;
  }

  async stop(): Promise<void> {
    this.kill();
    await this.ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** It refuses to run as root: its files are then given to nobody. */
async function accountFor(files: readonly string[]): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { label: 'this user' };
  for (const file of files) await chown(file, NOBODY.uid, NOBODY.gid);
  return { label: 'nobody', owner: NOBODY };
}
