import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AppProcess } from './support/app-process.js';
import { outboxOf, titlesTo, TITLE } from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { Processes } from './support/processes.js';
import { waitingOrder } from './support/reminders.js';

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

describe(
  'two workers whose timers fire in the same instant, every second',
  { timeout: 90_000 },
  () => {
    it('remind each order once', async () => {
      const { app } = processes;
      const env = { PROCESS_ROLE: 'worker', REMINDER_CRON: '* * * * * *' };
      const [one, two] = await Promise.all([processes.ready(env), processes.ready(env)]);
      const orders = await Promise.all([1, 2, 3, 4, 5].map(() => waitingOrder(app, 61)));
      await vi.waitFor(() => {
        for (const order of orders) expect(titlesTo(app, order)).toContain(TITLE.reminder);
      }, PATIENTLY);
      const ticksOf = (worker: AppProcess): number =>
        worker.logs().filter(({ event }) => event === 'reminders.finished').length;
      const before = [ticksOf(one), ticksOf(two)];
      await vi.waitFor(() => {
        expect(ticksOf(one)).toBeGreaterThanOrEqual(before[0]! + 2);
        expect(ticksOf(two)).toBeGreaterThanOrEqual(before[1]! + 2);
      }, PATIENTLY);

      for (const order of orders) {
        expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.reminder]);
        const rows = await outboxOf(app, order.id);
        expect(rows.filter(({ kind }) => kind === 'payment_reminder')).toHaveLength(1);
      }
    });
  },
);
