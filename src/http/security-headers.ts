import helmet from '@fastify/helmet';
import Fastify from 'fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '../config/app-config.js';

export const HSTS_SECONDS = 31_536_000;

/**
 * Pages of ours load nothing from elsewhere, and nobody may frame them. The headers are the same for
 * every answer, so helmet is asked for them once: it would make them anew for each request.
 */
export async function secureHeaders(app: NestFastifyApplication, config: AppConfig): Promise<void> {
  const headers = await headersOf(config);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_request, reply, done) => {
      for (const [name, value] of headers) reply.raw.setHeader(name, value);
      done();
    });
}

async function headersOf({ http: { appUrl } }: AppConfig): Promise<readonly [string, string][]> {
  const https = appUrl.startsWith('https:');
  const sample = Fastify();
  await sample.register(helmet, {
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
  });
  sample.get('/', (_request, reply) => {
    const { raw } = reply;
    void reply.send(raw.getHeaderNames().map((name) => [name, String(raw.getHeader(name))]));
  });
  const answer = await sample.inject('/');
  await sample.close();
  return answer.json();
}
