import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool, type QueryResultRow } from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/database/embedded-postgres.js';
import { clusterPaths } from '../../src/database/postgres-cluster.js';
import { findPostmaster, isRunning } from '../../src/database/postmaster-pid.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A PostgreSQL that keeps what it has committed, made to be stopped in the middle of everything. */
export class StormDatabase {
  private pool: Pool;

  private constructor(
    private readonly folder: string,
    private server: EmbeddedPostgres,
    /** What the applications reach it by. */
    readonly line: TcpProxy,
  ) {
    this.pool = this.connect();
  }

  static async start(): Promise<StormDatabase> {
    const folder = await mkdtemp(join(tmpdir(), 'garageconnect-chaos-'));
    // For root, whose server may have to run as nobody: it must be able to pass through.
    await chmod(folder, 0o711);
    const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
    return new StormDatabase(folder, server, await TcpProxy.to(server.url));
  }

  /** By way of the line. */
  get url(): string {
    return this.line.through(this.server.url);
  }

  get password(): string {
    return new URL(this.server.url).password;
  }

  /** PostgreSQL's immediate shutdown: no checkpoint, nobody is told; the next start recovers. */
  async stopAtOnce(): Promise<void> {
    const { cluster } = clusterPaths(join(this.folder, 'data'));
    const postmaster = await findPostmaster(cluster);
    if (!postmaster) return;
    process.kill(postmaster.pid, 'SIGQUIT');
    // In the same breath, or our own watch over the server would start it again by itself.
    const left = this.server.stop();
    while (await isRunning(postmaster, cluster)) await pause(10);
    await left;
  }

  async startAgain(): Promise<void> {
    this.server = await startEmbeddedPostgres({ dataDir: join(this.folder, 'data') });
    this.line.aimAt(this.server.url);
    const before = this.pool;
    this.pool = this.connect();
    await before.end().catch(() => undefined);
  }

  /** Past the line, straight at the server. Throws while it is down. */
  async rows<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(sql, values)).rows;
  }

  async remove(): Promise<void> {
    await this.pool.end().catch(() => undefined);
    await this.line.cut();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private connect(): Pool {
    const pool = new Pool({
      connectionString: this.server.url,
      application_name: 'chaos',
      max: 4,
      connectionTimeoutMillis: 5_000,
    });
    pool.on('error', () => undefined);
    return pool;
  }
}
