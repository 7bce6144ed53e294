import { setTimeout as pause } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { type DataSource, EntityManager, QueryFailedError } from 'typeorm';
import { lostPreparation } from './lost-preparation.js';
import type { PreparingClient, Statement } from './preparing-client.js';

/** serialization_failure and deadlock_detected: PostgreSQL asks for the same work again. */
const REPEATABLE = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 4;

/**
 * Runs `work` in one transaction and repeats it whole, up to three times, when PostgreSQL gave up on
 * it because of others, or could not use a statement as it was prepared. `work` must therefore do
 * nothing but database work: no network call, no message, no change of memory that a repeat would double.
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

/**
 * The same for statements that are known beforehand: they leave with BEGIN and COMMIT in one packet, so
 * that all of it is one way to the database and back instead of four. Each sees what the one before has
 * waited for, none is carried out when one fails. Answers the rows of each.
 */
export async function inOneGo(
  dataSource: DataSource,
  statements: readonly Statement[],
): Promise<unknown[][]> {
  const pool = poolOf(dataSource.manager)!;
  return repeatingConflicts(async () => {
    try {
      return await onConnection(pool, (client) => client.transact(statements));
    } catch (error) {
      const text = statements.map((statement) => statement.text).join('; ');
      throw new QueryFailedError(text, undefined, error as Error);
    }
  });
}

/**
 * Rows of a raw statement: in the transaction of this manager, or else on a connection of its own,
 * straight from the pool.
 */
export async function rowsOf<Row>(
  manager: Pick<EntityManager, 'query'>,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const pool = poolOf(manager);
  if (pool) return askPool<Row>(pool, sql, parameters);
  // The driver answers `[rows, count]` for UPDATE and DELETE, rows for the rest.
  const answer: unknown = await manager.query(sql, [...parameters]);
  if (!Array.isArray(answer)) return [];
  return (Array.isArray(answer[0]) ? answer[0] : answer) as Row[];
}

/** Null: the manager holds a connection, or there is no pool. */
function poolOf(manager: object): Pool | null {
  if (!(manager instanceof EntityManager) || manager.queryRunner) return null;
  return (manager.dataSource.driver as { readonly master?: Pool }).master ?? null;
}

async function askPool<Row>(
  pool: Pool,
  sql: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  try {
    const { rows } = await onConnection(pool, (client) => client.query(sql, [...parameters]));
    return rows as Row[];
  } catch (error) {
    throw new QueryFailedError(sql, [...parameters], error as Error);
  }
}

/** As a QueryRunner of TypeORM does it, which is made anew each time and costs a third more than this. */
async function onConnection<T>(
  pool: Pool,
  work: (client: PoolClient & PreparingClient) => Promise<T>,
): Promise<T> {
  const client = (await pool.connect()) as PoolClient & PreparingClient;
  let lost: Error | undefined;
  const onLost = (error: Error): void => {
    lost = error;
  };
  client.on('error', onLost);
  try {
    return await work(client);
  } finally {
    client.off('error', onLost);
    client.release(lost);
  }
}

function isRepeatable(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code } = error.driverError as { code?: string };
  const isForOthers = code !== undefined && REPEATABLE.has(code);
  return isForOthers || lostPreparation(error.driverError) !== null;
}
