import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify } from 'fastify';
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
  const headers = await headersOf(options);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_request, reply, done) => {
      void reply.headers(headers);
      done();
    });
}

/** Helmet works anew for each request, although it says the same for every one: it is asked once. */
async function headersOf(options: FastifyHelmetOptions): Promise<Record<string, string>> {
  const asked = fastify();
  await asked.register(helmet, options);
  asked.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()));
  try {
    return (await asked.inject('/')).json<Record<string, string>>();
  } finally {
    await asked.close();
  }
}
