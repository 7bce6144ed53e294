/**
 * SQLSTATE of a server that cannot serve now (postgresql.org/docs/17/errcodes-appendix): connection
 * exceptions, insufficient resources, operator intervention, a server gone read-only, a database that
 * is away or takes no connections, and work given up for the sake of others after its repeats.
 */
const SQL_STATE = /^(?:08|53|57)[0-9A-Z]{3}$|^(?:25006|3D000|55000|40001|40P01|55P03)$/;

const NETWORK_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_DESTROYED',
]);

/** What node-postgres and its pool say without any code. */
const CONNECTION_MESSAGE =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Query read timeout|Cannot use a pool after calling end|Client has encountered a connection error|Client was closed and is not queryable)/;

const NOT_CONNECTED: ReadonlySet<unknown> = new Set([
  'CannotExecuteNotConnectedError',
  'ConnectionIsNotSetError',
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
]);

const MAX_DEPTH = 4;

/** Whether the database (or the network) refused for a while, so that the same request may succeed soon. */
export function isUnavailable(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return false;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  return (
    NETWORK_CODES.has(code) ||
    NOT_CONNECTED.has(error.name) ||
    (typeof code === 'string' && SQL_STATE.test(code)) ||
    CONNECTION_MESSAGE.test(error.message) ||
    isUnavailable(driverError, depth + 1) ||
    isUnavailable(error.cause, depth + 1)
  );
}
