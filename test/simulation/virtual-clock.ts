import { Client } from 'pg';

const RealDate = Date;
const realNow = performance.now.bind(performance);
let shiftMs = 0;
/** Time that went by, which no correction of the clock takes back. */
let elapsedMs = 0;

/** `Date` as everybody in this process sees it while a simulation runs; timers keep real time. */
class VirtualDate extends RealDate {
  constructor(...parts: [] | [number]) {
    if (parts.length === 0) super(RealDate.now() + shiftMs);
    else super(...parts);
  }

  static override now(): number {
    return RealDate.now() + shiftMs;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof RealDate;
  }
}

/** Before the migrations, so that column defaults are bound to it as well. `public` stays first: tables are made there. */
const CLOCK_SQL = `
  CREATE SCHEMA simulation;
  CREATE TABLE simulation.clock (shift interval NOT NULL, drag double precision NOT NULL);
  INSERT INTO simulation.clock VALUES ('0', 0);
  CREATE FUNCTION simulation.now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
    DECLARE clock simulation.clock;
    BEGIN
      SELECT * INTO clock FROM simulation.clock;
      IF clock.drag > 0 THEN PERFORM pg_catalog.pg_sleep(clock.drag); END IF;
      RETURN pg_catalog.now() + clock.shift;
    END $$`;

export async function prepareDatabaseClock(client: Client, database: string): Promise<void> {
  await client.query(CLOCK_SQL);
  await client.query(
    `ALTER DATABASE "${database}" SET search_path = public, simulation, pg_catalog`,
  );
}

/** One clock for the application, the doubles and PostgreSQL, which jumps when a schedule says so. */
export class VirtualClock {
  constructor(private readonly client: Client) {}

  install(): void {
    globalThis.Date = VirtualDate as unknown as DateConstructor;
    performance.now = () => realNow() + elapsedMs;
  }

  uninstall(): void {
    globalThis.Date = RealDate;
    performance.now = realNow;
  }

  async set(instant: number): Promise<void> {
    await this.shift(instant - RealDate.now());
  }

  /** Backwards when negative. */
  async jump(seconds: number): Promise<void> {
    elapsedMs += Math.max(0, seconds) * 1_000;
    await this.shift(shiftMs + seconds * 1_000);
  }

  /** While `work` runs, every look at the database's clock takes a while, so that statements overlap. */
  async dragging<T>(ms: number, work: () => Promise<T>): Promise<T> {
    if (ms === 0) return work();
    await this.drag(ms);
    try {
      return await work();
    } finally {
      await this.drag(0);
    }
  }

  private async drag(ms: number): Promise<void> {
    await this.client.query(`UPDATE simulation.clock SET drag = $1`, [ms / 1_000]);
  }

  private async shift(ms: number): Promise<void> {
    await this.client.query(`UPDATE simulation.clock SET shift = make_interval(secs => $1)`, [
      ms / 1_000,
    ]);
    shiftMs = ms;
  }
}
