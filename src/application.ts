import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import type { AppLogger } from './common/app-logger.js';
import type { AppConfig } from './config/app-config.js';
import { bareAnswers } from './http/bare-answers.js';
import { acceptBodies } from './http/body-parsers.js';
import { documentApi } from './http/openapi.js';
import { secureHeaders } from './http/security-headers.js';
import { MAX_CONNECTIONS, serverLimits } from './http/server-limits.js';
import { leaveSilentConnections } from './http/silent-connections.js';
import { observeHttp } from './operations/http-metrics.js';
import { refuseForgedEvents } from './payments/webhook-signature.hook.js';
import { CheckoutGateway } from './stripe/checkout.gateway.js';

/** The whole application, initialised but not listening: what `main` starts and what tests drive. */
export async function createApplication(
  config: AppConfig,
  logger: AppLogger,
  extra: readonly DynamicModule[] = [],
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    ...serverLimits(config),
    ...bareAnswers(config),
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, extra),
    adapter,
    { logger, bodyParser: false, abortOnError: false },
  );
  const server = adapter.getInstance();
  server.server.maxConnections = MAX_CONNECTIONS;
  acceptBodies(server);
  leaveSilentConnections(server);
  observeHttp(server);
  refuseForgedEvents(server, app.get(CheckoutGateway));
  await secureHeaders(app, config);
  documentApi(app, config);
  await app.init();
  await server.ready();
  return app;
}

/**
 * Finishes what is in flight and refuses new work. Keep-alive connections are closed as they fall idle:
 * waiting for their clients to leave takes seconds, cutting them would cut answers.
 */
export async function closeApplication(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer() as { closeIdleConnections(): void };
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}
