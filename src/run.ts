import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { closeApplication, createApplication } from './application.js';
import { AppLogger } from './common/app-logger.js';
import { describeError } from './common/describe-error.js';
import { type AppConfig, usesSandbox } from './config/app-config.js';
import { ConfigError } from './config/config-error.js';
import { loadAppConfig } from './config/load-app-config.js';
import { readEnvFile } from './config/read-env-file.js';
import { dataSourceOptions } from './database/data-source-options.js';
import { EmbeddedPostgresError } from './database/embedded-postgres.error.js';
import { LISTEN_BACKLOG } from './http/server-limits.js';
import { startEmbeddedPostgres } from './database/embedded-postgres.js';
import { runMigrations } from './database/run-migrations.js';
import { ShutdownStack } from './shutdown-stack.js';
import { welcome } from './welcome.js';

/** Starts everything in the order in which one thing needs the other, and stops it in reverse. */
export async function run(): Promise<void> {
  const shutdown = new ShutdownStack();
  try {
    const config = loadAppConfig(readEnvFile());
    const logger = AppLogger.create(config.logLevel);
    shutdown.onSignal(logger);
    shutdown.onFailure(logger);
    await start(config, logger, shutdown);
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    await shutdown.unwind();
    process.exitCode = 1;
    // What failed may have left timers or sockets behind; the reason is printed, nothing waits for them.
    process.exit();
  }
}

async function start(loaded: AppConfig, logger: AppLogger, shutdown: ShutdownStack): Promise<void> {
  let config = await withDatabase(loaded, shutdown);
  await migrate(config);
  const extra: DynamicModule[] = [];
  if (usesSandbox(config)) {
    const { startSandbox } = await import('./sandbox/start-sandbox.js');
    const sandbox = await startSandbox(config);
    shutdown.push(() => sandbox.stop());
    config = sandbox.config;
    extra.push(sandbox.module);
  }
  const app = await createApplication(config, logger, extra);
  shutdown.push(() => closeApplication(app));
  if (config.processRole !== 'worker') await listen(app, config);
  logger.log({
    event: 'listening',
    role: config.processRole,
    msg:
      config.processRole === 'worker' ? 'Worker is running' : `Listening on ${config.http.appUrl}`,
  });
  process.stderr.write(welcome(config));
}

/** Validated configuration first, then the database: a bad variable must not leave a server behind. */
async function withDatabase(config: AppConfig, shutdown: ShutdownStack): Promise<AppConfig> {
  if (config.database.url) return config;
  const embedded = await startEmbeddedPostgres({
    dataDir: config.database.dataDir,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  shutdown.push(() => embedded.stop());
  return { ...config, database: { ...config.database, url: embedded.url } };
}

async function migrate({ database }: AppConfig): Promise<void> {
  const options = dataSourceOptions(database.directUrl ?? database.url!, 2);
  // The migrations are SQL: what the tables mean to the application is not read twice.
  const dataSource = new DataSource({ ...options, entities: [] });
  await dataSource.initialize();
  try {
    const applied = await runMigrations(dataSource);
    for (const name of applied) process.stderr.write(`Migration ${name} applied\n`);
  } finally {
    await dataSource.destroy();
  }
}

async function listen(app: NestFastifyApplication, { http }: AppConfig): Promise<void> {
  await app.listen({ port: http.port, host: http.host, backlog: LISTEN_BACKLOG });
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError) return error.message;
  const code = (error as { code?: string } | null)?.code;
  if (code === 'EADDRINUSE') {
    return 'The port is in use: stop the other process, or set PORT to a free one.';
  }
  // protocol_violation: what PgBouncer says to settings at the start of a connection.
  if (code === '08P01') {
    return 'DATABASE_URL leads through a pooler that takes no settings: set DIRECT_URL to the database itself.';
  }
  return `GarageConnect could not start: ${JSON.stringify(describeError(error))}`;
}
