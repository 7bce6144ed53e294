import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { inject } from 'vitest';
import { maintain, urlOfDatabase } from './database-maintenance.js';

export interface TestDatabase {
  readonly url: string;
  /** Ends the connections that are left and removes the database. Idempotent. */
  drop(): Promise<void>;
}

const TEMPLATE_IN_USE = '55006';
const MAX_ATTEMPTS = 50;

/** A migrated, empty database of its own, one per test file: `beforeAll` makes it, `afterAll` drops it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template } = inject('testServer');
  const name = `${template}_${randomBytes(4).toString('hex')}`;
  await cloneTemplate(url, name, template);
  return {
    url: urlOfDatabase(url, name),
    drop: async () => {
      await maintain(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function cloneTemplate(url: string, name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await maintain(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
      return;
    } catch (error) {
      const isInUse = error instanceof DatabaseError && error.code === TEMPLATE_IN_USE;
      if (!isInUse || attempt === MAX_ATTEMPTS) throw error;
      await pause(100);
    }
  }
}
