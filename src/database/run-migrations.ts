import { setTimeout as pause } from 'node:timers/promises';
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';

/** Any number, the same in every process that migrates this database. */
const MIGRATION_LOCK = 5_121_907;
const POLL_MS = 100;

/**
 * Applies the pending migrations, each in its own transaction, and returns their names. Processes that
 * start at once take turns: the first applies, the others then find nothing to do. A killed process
 * leaves whole migrations only and its lock ends with its connection.
 *
 * The lock and the migrations use ONE connection, so a pool of one is enough, and losing the lock is
 * losing the migration. The connection must be a session: no transaction pooler in between.
 * @param dataSource initialised
 */
export async function runMigrations(dataSource: DataSource): Promise<string[]> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    await acquireLock(queryRunner);
    // A migration over a large table may rightly take longer than any query of the application.
    await queryRunner.query('SET statement_timeout = 0');
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'each';
    const applied = await executor.executePendingMigrations();
    return applied.map((migration) => migration.name);
  } finally {
    await giveBack(queryRunner);
  }
}

/**
 * Asks again and again instead of waiting inside `pg_advisory_lock`: a waiting statement counts as a
 * running one, for which a migration that builds an index concurrently would wait in turn.
 */
async function acquireLock(queryRunner: QueryRunner): Promise<void> {
  for (;;) {
    const rows = (await queryRunner.query('SELECT pg_try_advisory_lock($1) AS acquired', [
      MIGRATION_LOCK,
    ])) as { acquired: boolean }[];
    if (rows[0]?.acquired) return;
    await pause(POLL_MS);
  }
}

/** Never throws: the error of the migration is the one to report, and a lost connection holds no lock. */
async function giveBack(queryRunner: QueryRunner): Promise<void> {
  try {
    await queryRunner.query('RESET statement_timeout');
    await queryRunner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } catch {
    // Nothing to undo: PostgreSQL ends both with the connection.
  } finally {
    await queryRunner.release().catch(() => undefined);
  }
}
