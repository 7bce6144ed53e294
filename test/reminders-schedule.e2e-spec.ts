import { SchedulerRegistry } from '@nestjs/schedule';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { REMINDER_JOB } from '../src/reminders/reminder.service.js';
import { titlesTo, TITLE } from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

let web: TestApp;

beforeAll(async () => {
  web = await TestApp.start();
});
afterAll(() => web.stop());

async function beside<T>(env: NodeJS.ProcessEnv, look: (app: TestApp) => Promise<T>): Promise<T> {
  const app = await TestApp.start({ env, beside: web });
  try {
    return await look(app);
  } finally {
    await app.stop();
  }
}

const jobOf = (app: TestApp) => app.app.get(SchedulerRegistry).getCronJob(REMINDER_JOB);

describe('the reminder timer', () => {
  it.each(['all', 'worker'])(
    'runs at REMINDER_CRON, in the shop’s time zone, in role %s',
    async (role) => {
      const env = {
        PROCESS_ROLE: role,
        REMINDER_CRON: '17 3 * * *',
        SHOP_TIME_ZONE: 'Europe/Paris',
      };
      await beside(env, async (app) => {
        const job = jobOf(app);
        expect(job.cronTime.source).toBe('17 3 * * *');
        expect(job.cronTime.timeZone).toBe('Europe/Paris');
        expect(job.isActive).toBe(true);
        const next = job.nextDate();
        expect([next.hour, next.minute, next.zoneName]).toEqual([3, 17, 'Europe/Paris']);
      });
    },
  );

  it('runs every hour when nothing else is said', async () => {
    await beside({ PROCESS_ROLE: 'all' }, async (app) => {
      expect(jobOf(app).cronTime.source).toBe('0 * * * *');
      expect(jobOf(app).nextDate().minute).toBe(0);
    });
  });

  it('is not there in a process that only answers HTTP', () => {
    const registry = web.app.get(SchedulerRegistry);
    expect([...registry.getCronJobs().keys()]).toEqual([]);
    expect(registry.getIntervals()).toEqual([]);
  });

  it('reminds and sends by itself', async () => {
    const order = await waitingOrder(web, 61);
    await beside({ PROCESS_ROLE: 'all', REMINDER_CRON: '* * * * * *' }, async () => {
      await vi.waitFor(() => expect(titlesTo(web, order)).toContain(TITLE.reminder), PATIENTLY);
    });
    expect(titlesTo(web, order)).toEqual([TITLE.confirmation, TITLE.reminder]);
  });
});
