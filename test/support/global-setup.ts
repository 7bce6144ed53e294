import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { TestProject } from 'vitest/node';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { maintain, urlOfDatabase } from './database-maintenance.js';
import { obtainTestServer } from './test-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Server of this run, and the name of its migrated database, which `createTestDatabase` clones. */
    testServer: { readonly url: string; readonly template: string };
  }
}

/** One PostgreSQL and one migrated template for the whole run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await obtainTestServer();
  const template = `garageconnect_test_${process.pid}_${randomBytes(3).toString('hex')}`;
  try {
    await buildTemplate(server.url, template);
  } catch (error) {
    await server.release(template);
    throw error;
  }
  project.provide('testServer', { url: server.url, template });
  return () => server.release(template);
}

async function buildTemplate(serverUrl: string, template: string): Promise<void> {
  await maintain(serverUrl, `CREATE DATABASE ${template}`);
  const dataSource = new DataSource(dataSourceOptions(urlOfDatabase(serverUrl, template), 1));
  await dataSource.initialize();
  try {
    await runMigrations(dataSource);
  } finally {
    await dataSource.destroy();
  }
  // PostgreSQL clones only a database to which nobody is connected.
  await maintain(serverUrl, `ALTER DATABASE ${template} WITH ALLOW_CONNECTIONS false`);
}
