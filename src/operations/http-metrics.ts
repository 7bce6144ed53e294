import type { FastifyInstance } from 'fastify';
import { httpSeconds } from './metrics.js';

/** Times every request by its route's pattern, so that tokens and ids never become labels. */
export function observeHttp(server: FastifyInstance): void {
  server.addHook('onResponse', (request, reply, done) => {
    httpSeconds.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1_000,
    );
    done();
  });
}
