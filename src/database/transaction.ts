import { setTimeout as pause } from 'node:timers/promises';
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { lostPreparation } from './lost-preparation.js';

/** serialization_failure and deadlock_detected: PostgreSQL asks for the same work again. */
const REPEATABLE = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 4;

/**
 * Runs `work` in one transaction and repeats it whole, up to three times, when PostgreSQL gave up on
 * it because of others, or could not use a statement as it was prepared. `work` must therefore do nothing but database work: no network call, no
 * message, no change of memory that a repeat would double.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return repeatingConflicts(() => dataSource.transaction(work));
}

/** The same for work that is one statement, and so a transaction without a word of BEGIN or COMMIT. */
export async function repeatingConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isRepeatable(error)) throw error;
      await pause(Math.random() * 20 * 2 ** attempt);
    }
  }
}

/** Rows of a raw statement: the driver answers `[rows, count]` for UPDATE and DELETE, rows for the rest. */
export async function rowsOf<Row>(
  manager: Pick<EntityManager, 'query'>,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const answer: unknown = await manager.query(sql, [...parameters]);
  if (!Array.isArray(answer)) return [];
  return (Array.isArray(answer[0]) ? answer[0] : answer) as Row[];
}

function isRepeatable(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code } = error.driverError as { code?: string };
  const isForOthers = code !== undefined && REPEATABLE.has(code);
  return isForOthers || lostPreparation(error.driverError) !== null;
}
