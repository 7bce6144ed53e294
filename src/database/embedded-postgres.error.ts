import { DatabaseError } from 'pg';

/**
 * The embedded PostgreSQL could not be started. `message` is one line that says what to do and holds
 * no secret; the end of the server's own log stands in `logLines`.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    message: string,
    readonly logLines: readonly string[] = [],
  ) {
    super(message);
  }
}

/** The way out of every fault of the embedded server. */
export const OR_OWN_SERVER = 'or set DATABASE_URL to a PostgreSQL 15+ server';

/** Faults of the file system and of SQL become one line with their remedy; any other error stays itself. */
export function asEmbeddedPostgresError(error: unknown, dataDir: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return new EmbeddedPostgresError(
      `${dataDir} is not readable and writable for this user: give it to this user, remove it, choose another DATA_DIR ${OR_OWN_SERVER}`,
    );
  }
  if (error instanceof Error && 'syscall' in error) {
    return new EmbeddedPostgresError(
      `The database files cannot be written in ${dataDir} (${String(code)}): choose another DATA_DIR ${OR_OWN_SERVER}`,
    );
  }
  if (error instanceof DatabaseError) {
    return new EmbeddedPostgresError(
      `The embedded PostgreSQL could not make its database (SQLSTATE ${error.code}): read postgres.log in ${dataDir} ${OR_OWN_SERVER}`,
    );
  }
  return error;
}
