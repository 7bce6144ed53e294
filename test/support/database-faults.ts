import type { TestApp } from './test-app.js';

/**
 * PostgreSQL refuses this change of a table with this SQLSTATE so many times; `tries` counts what was
 * tried, since a sequence is not rolled back.
 */
export interface DatabaseFault {
  tries(): Promise<number>;
  mend(): Promise<void>;
}

export interface FaultPlan {
  readonly table: string;
  readonly on: 'INSERT' | 'UPDATE';
  readonly sqlState: string;
  /** How often; for ever when it is not given. */
  readonly times?: number;
  /** Only for rows like this: a condition on NEW. */
  readonly when?: string;
  /** Only when the transaction commits. */
  readonly atCommit?: boolean;
}

let counter = 0;

export async function breakDatabase(app: TestApp, plan: FaultPlan): Promise<DatabaseFault> {
  const name = `test_fault_${(counter += 1)}`;
  const { table, on, sqlState, times, when = 'true', atCommit = false } = plan;
  await app.sql(`CREATE SEQUENCE ${name}`);
  await app.sql(`
    CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (${when}) AND nextval('${name}') <= ${times ?? '9223372036854775807'} THEN
        RAISE EXCEPTION 'scripted' USING ERRCODE = '${sqlState}';
      END IF;
      RETURN NEW;
    END $$`);
  await app.sql(
    atCommit
      ? `CREATE CONSTRAINT TRIGGER ${name} AFTER ${on} ON ${table} DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION ${name}()`
      : `CREATE TRIGGER ${name} BEFORE ${on} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`,
  );
  return {
    tries: async () => {
      const [row] = await app.sql<{ tries: number }>(
        `SELECT CASE WHEN is_called THEN last_value ELSE 0 END::int AS tries FROM ${name}`,
      );
      return row!.tries;
    },
    mend: async () => {
      await app.sql(`DROP TRIGGER ${name} ON ${table}`);
      await app.sql(`DROP FUNCTION ${name}()`);
      await app.sql(`DROP SEQUENCE ${name}`);
    },
  };
}
