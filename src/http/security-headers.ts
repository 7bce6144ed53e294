import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { AppConfig } from '../config/app-config.js';

export const HSTS_SECONDS = 31_536_000;

/** Pages of ours load nothing from elsewhere, and nobody may frame them. */
export async function secureHeaders(
  app: NestFastifyApplication,
  { http: { appUrl } }: AppConfig,
): Promise<void> {
  const https = appUrl.startsWith('https:');
  const options = {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: https ? { maxAge: HSTS_SECONDS, includeSubDomains: false } : false,
    // A loopback sandbox is opened under several names; isolation by origin would only break it.
    crossOriginOpenerPolicy: https,
    originAgentCluster: https,
  };
  await app.register(helmet, { global: false });
  let headers: readonly Header[] | null = null;
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_request, reply, done) => {
      headers ??= headersOf(reply, options);
      for (const [name, value] of headers) reply.raw.setHeader(name, value);
      done();
    });
}

type Header = readonly [name: string, value: string | number | readonly string[]];

/** Helmet reads its options anew for each request, although they say the same for every one: asked once. */
function headersOf(reply: FastifyReply, options: FastifyHelmetOptions): readonly Header[] {
  const before = new Set(reply.raw.getHeaderNames());
  void reply.helmet(options);
  return Object.entries(reply.raw.getHeaders()).flatMap(([name, value]) =>
    value === undefined || before.has(name) ? [] : [[name, value] as const],
  );
}
