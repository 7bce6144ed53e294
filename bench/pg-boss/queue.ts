import PgBoss from 'pg-boss';
import type { BenchDatabase } from '../stage.js';
import type { MessageJob } from './message-job.js';
import { QUEUE } from './message-job.js';

const AT_ONCE = 10_000;

/**
 * The same number of messages as jobs, in tables of the library's own: many by one call, and known to
 * PostgreSQL's planner, as those of the others are.
 */
export async function fillQueue({ url, session }: BenchDatabase, count: number): Promise<void> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE);
  for (let done = 0; done < count; done += AT_ONCE) {
    const jobs = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_job, place) => ({
      name: QUEUE,
      data: jobOf(done + place),
    }));
    await boss.insert(jobs);
  }
  await boss.stop({ graceful: false });
  await session.query('VACUUM ANALYZE pgboss.job');
}

const jobOf = (n: number): MessageJob => ({
  nid: String(n),
  phoneNumber: `+590690${String(n % 1_000_000).padStart(6, '0')}`,
  firstName: 'Aline',
  orderNumber: `GC-SEED-${n}`,
  paymentUrl: `http://127.0.0.1/c/pay/cs_test_seed_${n}`,
});
