import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RETENTION_JOB, RetentionService } from '../src/retention/retention.service.js';
import { placeOrder } from './support/factories.js';
import { PATIENTLY } from './support/patience.js';
import { oldOrders } from './support/retention.js';
import { TestApp } from './support/test-app.js';

let web: TestApp;
beforeAll(async () => {
  web = await TestApp.start();
});
afterAll(() => web.stop());

describe('the retention timer', () => {
  it.each(['all', 'worker'])(
    'runs at half past three at night where the shop is, in role %s',
    async (role) => {
      const env = { PROCESS_ROLE: role, SHOP_TIME_ZONE: 'Indian/Reunion' };
      const app = await TestApp.start({ env, beside: web });
      try {
        const job = app.app.get(SchedulerRegistry).getCronJob(RETENTION_JOB);
        const next = job.nextDate();
        expect([next.hour, next.minute, next.zoneName]).toEqual([3, 30, 'Indian/Reunion']);
        expect(job.isActive).toBe(true);
      } finally {
        await app.stop();
      }
    },
  );

  it('is not there in a process that only answers HTTP', () => {
    expect([...web.app.get(SchedulerRegistry).getCronJobs().keys()]).toEqual([]);
  });

  it('stops between two batches when its process is stopped, and leaves the rest for the next', async () => {
    await oldOrders(web, await placeOrder(web), 450);
    const app = await TestApp.start({ beside: web });
    // Held in its first batch by the table itself, until the stop has begun.
    const holder = web.app.get(DataSource).createQueryRunner();
    await holder.startTransaction();
    await holder.query(`LOCK TABLE archived_order_names IN SHARE MODE`);
    let isOver = false;
    const run = app.app
      .get(RetentionService)
      .tick()
      .finally(() => (isOver = true));
    const isWaiting = async () => {
      const rows = await web.sql(
        `SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND wait_event_type = 'Lock' AND query LIKE '%WITH chosen AS%'`,
      );
      return rows.length > 0;
    };
    await vi.waitFor(async () => expect(isOver || (await isWaiting())).toBe(true), PATIENTLY);
    const stopping = app.stop();
    await holder.rollbackTransaction();
    await holder.release();
    await Promise.all([stopping, run]);
    const [row] = await web.sql<{ archived: number }>(
      `SELECT count(*)::int AS archived FROM archived_orders`,
    );
    // The batch under way was ended, or refused as a whole when it had waited too long.
    expect([0, 200]).toContain(row!.archived);
    await web.app.get(RetentionService).apply(60_000);
    const [after] = await web.sql<{ archived: number }>(
      `SELECT count(*)::int AS archived FROM archived_orders`,
    );
    expect(after).toEqual({ archived: 450 });
  });
});
