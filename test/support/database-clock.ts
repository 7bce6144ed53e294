import type { TestApp } from './test-app.js';

/** `now()` of every connection that was opened after the clock was installed; column defaults keep real time. */
export interface DatabaseClock {
  /** Seconds, backwards when negative. */
  jump(seconds: number): Promise<void>;
  /** Stands at real time again. */
  reset(): Promise<void>;
}

/** Start the applications that shall live by it afterwards, beside this one. */
export async function installDatabaseClock(app: TestApp): Promise<DatabaseClock> {
  await app.sql(`CREATE SCHEMA shifted`);
  await app.sql(`CREATE TABLE shifted.clock (shift interval NOT NULL)`);
  await app.sql(`INSERT INTO shifted.clock VALUES ('0')`);
  await app.sql(
    `CREATE FUNCTION shifted.now() RETURNS timestamptz LANGUAGE sql STABLE
       AS 'SELECT pg_catalog.now() + shift FROM shifted.clock'`,
  );
  const name = new URL(app.database.url).pathname.slice(1);
  await app.sql(`ALTER DATABASE "${name}" SET search_path = public, shifted, pg_catalog`);
  return {
    jump: async (seconds) => {
      await app.sql(`UPDATE shifted.clock SET shift = shift + make_interval(secs => $1)`, [
        seconds,
      ]);
    },
    reset: async () => {
      await app.sql(`UPDATE shifted.clock SET shift = '0'`);
    },
  };
}
