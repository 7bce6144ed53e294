import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const MAX_ATTEMPTS = 5;

/** The first of these ports of 127.0.0.1 that nobody listens on, else any free one. */
export async function freePort(wanted: readonly (number | null)[] = []): Promise<number> {
  for (const port of wanted) {
    if (port !== null && (await tryListening(port)) !== null) return port;
  }
  return (await tryListening(0))!;
}

/**
 * Starts something on the first of these ports that is free, else on any; again when another process
 * takes that port in between.
 */
export async function onFreePort<T>(
  wanted: readonly (number | null)[],
  start: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort(wanted));
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function tryListening(port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return null;
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}
