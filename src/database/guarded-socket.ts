import { Socket } from 'node:net';

/** Above PostgreSQL's own time limits for us: a server that is there has said something by then. */
export const SILENCE_LIMIT_MS = 20_000;

/**
 * The socket of a connection, given up when nothing has come or gone for so long. A server that went
 * without a word (a failover, a firewall) would otherwise hold its query, and a place in the pool,
 * until TCP gives up after a quarter of an hour. A pool closes idle connections long before.
 */
export function guardedSocket(silenceLimitMs: number): Socket {
  const socket = new Socket();
  socket.setTimeout(silenceLimitMs, () => {
    socket.destroy(Object.assign(new Error('The database fell silent'), { code: 'ETIMEDOUT' }));
  });
  return socket;
}
