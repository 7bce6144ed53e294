import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DispatcherService } from '../src/notifications/dispatcher.service.js';
import { ReminderService } from '../src/reminders/reminder.service.js';
import { insertWaitingOrders } from './support/reminders.js';
import { firstWords, statementsOf } from './support/statement-count.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

/** What the driver sends, so that nothing is asked order by order or message by message unseen. */
describe('a sweep of reminders', { timeout: 60_000 }, () => {
  const sweep = () => app.app.get(ReminderService).sendDueReminders();
  /** The transaction begins on the same journey. */
  const BATCH = [expect.stringMatching(/^WITH due AS .*INSERT INTO notifications /s), 'COMMIT'];

  it('that finds nothing asks once', async () => {
    expect(await statementsOf(sweep)).toEqual(BATCH);
  });

  it('is one statement for 500 orders and their messages', async () => {
    await insertWaitingOrders(app, 499, 90);
    expect(await statementsOf(sweep)).toEqual(BATCH);
    await insertWaitingOrders(app, 1_203, 90);
    expect(await statementsOf(sweep)).toEqual([...BATCH, ...BATCH, ...BATCH]);
    const [queued] = await app.sql(
      `SELECT count(*)::int AS count FROM notifications WHERE kind = 'payment_reminder'`,
    );
    expect(queued).toEqual({ count: 1_702 });
  });
});

describe('the sending of messages', { timeout: 60_000 }, () => {
  const drain = () => app.app.get(DispatcherService).drain();
  const COUNT = 1_702;

  it('asks for many at once: to claim them, for their customers, to settle them', async () => {
    const statements = await statementsOf(async () => expect(await drain()).toBe(COUNT));
    const kinds = new Set(firstWords(statements));
    expect([...kinds].toSorted()).toEqual([
      expect.stringMatching(/^SELECT id, phone_number/),
      expect.stringMatching(/^UPDATE notifications n SET status/),
      expect.stringMatching(/^WITH sender AS/),
    ]);
    expect(statements.length).toBeLessThan(COUNT / 5);
  });

  it('asks each channel once when there is nothing', async () => {
    const statements = await statementsOf(drain);
    expect(firstWords(statements)).toEqual([
      expect.stringMatching(/^WITH sender AS/),
      expect.stringMatching(/^WITH sender AS/),
      expect.stringMatching(/^WITH sender AS/),
    ]);
  });
});
