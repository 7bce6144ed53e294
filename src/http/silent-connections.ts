import type { Server, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Lets an end of the server not wait for connections on which nobody has asked for anything, as
 * browsers open them in advance: Node counts those as busy until its headers' time limit.
 */
export function leaveSilentConnections(app: FastifyInstance): void {
  const server: Server = app.server;
  const open = new Set<Socket>();
  let closing = false;
  server.on('connection', (socket) => {
    if (closing) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('preClose', (done) => {
    closing = true;
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}
