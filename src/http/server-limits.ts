import type { AppConfig } from '../config/app-config.js';
import { MAX_BODY_BYTES } from './body-parsers.js';

/** A client that is slow on purpose holds a connection no longer than this. */
const HEADERS_TIMEOUT_MS = 10_000;
/** From the first byte to the last of a request; how long the answer takes is another matter. */
const REQUEST_TIMEOUT_MS = 20_000;
/** Above the 60 seconds after which common proxies drop an idle connection, so that they do it first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** How often the two above are looked after; Node's own 30 seconds would triple them. */
const CHECK_INTERVAL_MS = 2_000;
const MAX_HEADER_BYTES = 16 * 1_024;
/** Of one process; more are dropped before they cost anything. */
export const MAX_CONNECTIONS = 4_000;

/**
 * Connections that may wait to be accepted. Of more than Node's own 511 at once the system drops the rest
 * in the middle of their handshake: they wait for seconds, and some for ever. The system may allow fewer
 * (`net.core.somaxconn`, 4096 as a rule).
 */
export const LISTEN_BACKLOG = MAX_CONNECTIONS;

/** Fastify's options that bound what one client can take of the server. */
export const serverLimits = ({ http: { trustedProxies } }: AppConfig) => ({
  bodyLimit: MAX_BODY_BYTES,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  http: {
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  },
  routerOptions: { maxParamLength: 200 },
  // Exactly these, or nobody: what a stranger writes into X-Forwarded-For is his own invention.
  trustProxy: trustedProxies.length > 0 && [...trustedProxies],
});
