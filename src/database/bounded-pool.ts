import pg, { type PoolClient } from 'pg';

type Taken = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (destroy?: Error | boolean) => void,
) => void;

/** A full pool that has served nobody for so long, although somebody asked, does not move. */
const STUCK_MS = 2_000;
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
  /** By `performance.now()`, in the order in which they came. */
  private readonly waiters = new Set<{ readonly since: number }>();
  /** When the first came who was not served: given up meanwhile, or still waiting. */
  private unservedSince: number | null = null;

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
    const waiter = { since: performance.now() };
    this.waiters.add(waiter);
    this.unservedSince ??= waiter.since;
    super.connect((error, client, release) => {
      this.waiters.delete(waiter);
      if (client) this.unservedSince = this.longestWaiting();
      taken(error, client, release);
    });
  }

  private longestWaiting(): number | null {
    const [first] = this.waiters;
    return first?.since ?? null;
  }

  private isExhausted(): boolean {
    const { max } = this.options;
    // Whoever comes now is served, or finds out whether the database is there.
    if (this.idleCount > this.waitingCount || this.totalCount < max) return false;
    const most = Math.max(LEAST_WAITING, max * WAITING_PER_CONNECTION);
    if (this.waiters.size >= most) return true;
    return this.unservedSince !== null && performance.now() - this.unservedSince > STUCK_MS;
  }
}

/** With PostgreSQL's own code for too_many_connections, which is what it comes to. */
const exhausted = (): Error =>
  Object.assign(new Error('Every connection to the database is in use'), { code: '53300' });
