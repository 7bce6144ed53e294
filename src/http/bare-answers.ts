import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from '../common/problem.js';
import { sendProblem } from '../common/send-problem.js';
import type { AppConfig } from '../config/app-config.js';
import { HSTS_SECONDS } from './security-headers.js';

const STATUS_OF: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'body_too_large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout'],
};

/** Fastify's options for what never reaches a route, a hook or a filter: answered like everything else. */
export function bareAnswers(config: AppConfig) {
  const headers = bareHeaders(config);
  return {
    /** What the router refuses: an undecodable path, an endless parameter. */
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
      void reply.headers(headers);
      sendProblem(request, reply, problemOf(error));
    },
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket): void =>
      refuseBytes(error, socket, headers),
  };
}

const bareHeaders = ({ http: { appUrl } }: AppConfig): Readonly<Record<string, string>> => ({
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  ...(appUrl.startsWith('https:') && { 'strict-transport-security': `max-age=${HSTS_SECONDS}` }),
});

/** Bytes that are no request, or came too slowly: a problem document, and the connection is over. */
function refuseBytes(
  error: Error & { code?: string },
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, code] = STATUS_OF[error.code ?? ''] ?? [400, 'bad_request'];
  const title = STATUS_CODES[status]!;
  const body = JSON.stringify({ type: 'about:blank', title, status, code });
  const all = {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    ...headers,
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  if (socket.writable)
    socket.write(`HTTP/1.1 ${status} ${title}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}
