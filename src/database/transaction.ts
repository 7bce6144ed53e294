import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientBase } from 'pg';
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

/** A statement that can be asked before any other's answer is there. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
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
  const whole = [BEGIN, ...statements, COMMIT];
  return repeatingConflicts(async () => {
    const runner = dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as ClientBase & { connection: { stream: Socket } };
      const { stream } = client.connection;
      stream.cork();
      const answers = whole.map((statement) => rowsBy(client, statement));
      stream.uncork();
      // The connection goes back to the pool when it has answered everything.
      await Promise.allSettled(answers);
      return (await Promise.all(answers)).slice(1, -1);
    } finally {
      await runner.release();
    }
  });
}

/** Without TypeORM in between, which would cost more than the driver itself. */
async function rowsBy(client: ClientBase, { text, values }: Statement): Promise<unknown[]> {
  try {
    return (await client.query<object>(text, [...values])).rows;
  } catch (error) {
    throw new QueryFailedError(text, [...values], error as Error);
  }
}

const BEGIN: Statement = { text: 'START TRANSACTION', values: [] };
/** PostgreSQL takes it for a ROLLBACK when a statement has failed. */
const COMMIT: Statement = { text: 'COMMIT', values: [] };

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
