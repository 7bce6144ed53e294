import { DatabaseError } from 'pg';

export type LostPreparation = 'plan changed' | 'not on this connection';

/**
 * Why a prepared statement could not be used although nothing is wrong with it: a migration changed what
 * it answers ("cached plan must not change result type"), or the connection is not the one it was prepared
 * on, as behind a pooler in transaction mode (invalid_sql_statement_name, duplicate_prepared_statement).
 * Null: another error, or none of PostgreSQL's.
 */
export function lostPreparation(error: unknown): LostPreparation | null {
  if (!(error instanceof DatabaseError)) return null;
  if (error.code === '26000' || error.code === '42P05') return 'not on this connection';
  // 0A000 stands for much else; the routine is named alike in every language of the server.
  const isStale = error.code === '0A000' && error.routine === 'RevalidateCachedQuery';
  return isStale ? 'plan changed' : null;
}
