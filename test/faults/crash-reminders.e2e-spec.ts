import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PATIENTLY } from '../support/patience.js';
import { endLeases, expectKilled, Processes } from '../support/processes.js';
import { insertWaitingOrders } from '../support/reminders.js';

/** Two whole batches and a little more. */
const ORDERS = 1_003;
const BATCH = 500;
const WORKER = { PROCESS_ROLE: 'worker', REMINDER_CRON: '* * * * * *' } as const;

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

describe('K7 a worker killed in the middle of reminding 1,003 orders', { timeout: 120_000 }, () => {
  /** How many orders are marked, have had the step, and have its message. */
  const reminded = async (orders: readonly string[]) => {
    const [row] = await processes.app.sql<{ marked: number; steps: number; messages: number }>(
      `SELECT count(*) FILTER (WHERE o.reminder_sent)::int AS marked,
              count(s.order_id)::int AS steps,
              count(n.order_id)::int AS messages
         FROM orders o
         LEFT JOIN reminder_steps s ON s.order_id = o.id
         LEFT JOIN (SELECT DISTINCT order_id FROM notifications WHERE kind = 'payment_reminder') n
                ON n.order_id = o.id
        WHERE o.id = ANY ($1::uuid[])`,
      [orders],
    );
    return row!;
  };
  const all = (count: number) => ({ marked: count, steps: count, messages: count });

  it('leaves whole batches: the next one reminds the rest, each order once', async () => {
    const { app } = processes;
    const orders = await insertWaitingOrders(app, ORDERS, 90);
    const doomed = await processes.spawn({ ...WORKER, FAILPOINT: 'mid_reminder_batch:2' });
    await expectKilled(doomed);
    // PostgreSQL may not have noticed yet that the second batch has lost its owner.
    await vi.waitFor(async () => expect(await reminded(orders)).toEqual(all(BATCH)), PATIENTLY);
    const held = await app.sql(`SELECT id FROM notifications WHERE status = 'sending'`);

    await endLeases(app);
    await processes.ready(WORKER);
    await vi.waitFor(async () => expect(await reminded(orders)).toEqual(all(ORDERS)), PATIENTLY);
    const twice = await app.sql(
      `SELECT order_id FROM notifications WHERE kind = 'payment_reminder'
        GROUP BY order_id HAVING count(*) <> 1`,
    );
    expect(twice).toEqual([]);
    // What the dead one was sending is sent by now, and nobody's phone rang twice.
    await vi.waitFor(async () => {
      const ids = held.map(({ id }) => String(id));
      const rows = await app.sql(
        `SELECT id FROM notifications WHERE id = ANY ($1::bigint[]) AND status = 'sent'`,
        [ids],
      );
      expect(rows).toHaveLength(ids.length);
    }, PATIENTLY);
    const numbers = app.doubles.twilio.messages.map(({ to }) => to);
    expect(numbers).toHaveLength(new Set(numbers).size);
  });
});
