import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '../config/app-config.js';

export const HSTS_SECONDS = 31_536_000;

/** Pages of ours load nothing from elsewhere, and nobody may frame them. */
export async function secureHeaders(
  app: NestFastifyApplication,
  { http: { appUrl } }: AppConfig,
): Promise<void> {
  const https = appUrl.startsWith('https:');
  await app.register(helmet, {
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
}
