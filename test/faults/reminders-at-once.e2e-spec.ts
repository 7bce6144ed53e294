import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder } from '../support/factories.js';
import { titlesTo, TITLE } from '../support/outbox.js';
import { insertWaitingOrders, tickReminders, waitingOrder } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** How many orders have how many reminders queued or sent. */
const remindersPerOrder = (orders: readonly string[]) =>
  app.sql<{ reminders: number; orders: number }>(
    `SELECT reminders, count(*)::int AS orders FROM (
       SELECT o.id, count(n.id)::int AS reminders FROM orders o
         LEFT JOIN notifications n ON n.order_id = o.id AND n.kind = 'payment_reminder'
        WHERE o.id = ANY ($1::uuid[]) GROUP BY o.id) AS each
      GROUP BY reminders`,
    [orders],
  );

describe('two applications', () => {
  it('that tick twenty times in the same instant remind each of 50 orders once', async () => {
    const orders = await insertWaitingOrders(app, 50, 90);
    const before = app.doubles.twilio.messages.length;
    const ticks = Array.from({ length: 20 }, () => [tickReminders(app), tickReminders(other)]);
    const processed = await Promise.all(ticks.flat());
    await Promise.all([app.drain(), other.drain()]);

    expect(sum(processed)).toBe(50);
    expect(await remindersPerOrder(orders)).toEqual([{ reminders: 1, orders: 50 }]);
    expect(app.doubles.twilio.messages.length - before).toBe(50);
  });

  it('never remind a customer whose payment arrives during the tick', async () => {
    const orders = await Promise.all([1, 2, 3, 4, 5, 6].map(() => waitingOrder(app, 90)));
    await Promise.all([
      ...orders.map((order) => payOrder(app, order)),
      ...[app, other, app, other].map((instance) => tickReminders(instance)),
    ]);
    await app.drain();

    for (const order of orders) expect(titlesTo(app, order)).not.toContain(TITLE.reminder);
  });
});

describe('a backlog of 1203 due orders', () => {
  it('is reminded in one call, batch after batch, each order once', async () => {
    const orders = await insertWaitingOrders(app, 1_203, 90);
    const [one, two] = await Promise.all([tickReminders(app), tickReminders(other)]);

    expect(one + two).toBe(1_203);
    expect(await tickReminders(app)).toBe(0);
    expect(await remindersPerOrder(orders)).toEqual([{ reminders: 1, orders: 1_203 }]);
    const [marked] = await app.sql(
      `SELECT count(*) FILTER (WHERE reminder_sent)::int AS reminded,
              (SELECT count(*)::int FROM reminder_steps WHERE order_id = ANY ($1::uuid[])) AS steps
         FROM orders WHERE id = ANY ($1::uuid[])`,
      [orders],
    );
    expect(marked).toEqual({ reminded: 1_203, steps: 1_203 });
  });
});
