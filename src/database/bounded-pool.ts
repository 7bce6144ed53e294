import pg, { type PoolClient, type PoolConfig } from 'pg';
import { PreparingClient } from './preparing-client.js';

type Taken = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (destroy?: Error | boolean) => void,
) => void;

/**
 * A full pool that has served nobody for two seconds, although somebody asked, does not move. Counted in
 * beats, so that a process that was itself held up for so long does not blame its pool.
 */
const BEAT_MS = 250;
const BEATS_UNTIL_STUCK = 8;
/** A burst passes; beyond this the last in the queue would wait longer than its own time limit. */
const WAITING_PER_CONNECTION = 20;
const LEAST_WAITING = 100;

/**
 * A pool that says no while there is still time. Requests that need a connection wait in a queue; when
 * slow queries hold every connection, each new one would wait for its whole time limit, and hold memory
 * and a socket meanwhile. Here those that come once the queue stands still, or is too long, are refused
 * at once, so that their callers hear 503 in milliseconds and come again later.
 */
export class BoundedPool extends pg.Pool {
  private waiters = 0;
  /** Since somebody was served; counted only while somebody waits, or waited in vain. */
  private beats = 0;
  private heart: NodeJS.Timeout | null = null;

  constructor(options: PoolConfig) {
    super(options);
    this.on('release', (_error, client) => {
      if (client instanceof PreparingClient) client.forgetBegin();
    });
  }

  override connect(): Promise<PoolClient>;
  override connect(taken: Taken): void;
  override connect(taken?: Taken): Promise<PoolClient> | undefined {
    if (taken) {
      this.take(taken);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.take((error, client) => (client ? resolve(client) : reject(error!)));
    });
  }

  private take(taken: Taken): void {
    if (this.isExhausted()) {
      // Later, as every other answer of a pool.
      setImmediate(() => taken(exhausted(), undefined, () => undefined));
      return;
    }
    this.waiters += 1;
    this.heart ??= setInterval(() => (this.beats += 1), BEAT_MS).unref();
    super.connect((error, client, release) => {
      this.waiters -= 1;
      if (client) this.rest();
      taken(error, client, release);
    });
  }

  /** Somebody was served. */
  private rest(): void {
    this.beats = 0;
    if (this.waiters > 0 || this.heart === null) return;
    clearInterval(this.heart);
    this.heart = null;
  }

  private isExhausted(): boolean {
    const { max } = this.options;
    // Whoever comes now is served, or finds out whether the database is there.
    if (this.idleCount > this.waitingCount || this.totalCount < max) return false;
    const most = Math.max(LEAST_WAITING, max * WAITING_PER_CONNECTION);
    return this.waiters >= most || this.beats >= BEATS_UNTIL_STUCK;
  }
}

/** With PostgreSQL's own code for too_many_connections, which is what it comes to. */
const exhausted = (): Error =>
  Object.assign(new Error('Every connection to the database is in use'), { code: '53300' });
