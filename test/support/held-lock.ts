import { Client } from 'pg';
import { expect, vi } from 'vitest';
import { PATIENTLY } from './patience.js';
import type { TestApp } from './test-app.js';

/** A transaction beside the application's that holds a lock until the test lets it go. */
export class HeldLock {
  private isOver = false;

  private constructor(private readonly client: Client) {}

  /** As a transaction that is changing this row. */
  static async onRow(app: TestApp, table: string, column: string, value: string) {
    return HeldLock.take(app, `SELECT FROM ${table} WHERE ${column} = $1 FOR UPDATE`, [value]);
  }

  /** As a transaction that speaks of this payment. */
  static async onIntent(app: TestApp, paymentIntentId: string) {
    return HeldLock.take(app, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      paymentIntentId,
    ]);
  }

  /** Whoever writes to the table waits; whoever reads it does not. */
  static async onWritesTo(app: TestApp, table: string) {
    return HeldLock.take(app, `LOCK TABLE ${table} IN SHARE MODE`);
  }

  private static async take(app: TestApp, sql: string, values: string[] = []) {
    const client = new Client({ connectionString: app.database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query(sql, values);
    return new HeldLock(client);
  }

  /** What the transaction does besides; seen by others once the lock is released. */
  async write(sql: string, values: readonly unknown[] = []): Promise<void> {
    await this.client.query(sql, [...values]);
  }

  /** Idempotent. */
  async release(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.client.query('COMMIT');
    await this.client.end();
  }
}

/** Until so many statements wait for a lock: from then on their turn is fixed. */
export async function untilWaiting(app: TestApp, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await app.sql(
      `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(count);
  }, PATIENTLY);
}
