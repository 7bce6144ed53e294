import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { payOrder } from '../support/factories.js';
import { HeldLock, untilWaiting } from '../support/held-lock.js';
import { titlesTo, TITLE } from '../support/outbox.js';
import { insertWaitingOrders, tickReminders, waitingOrder } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let second: TestApp;
let third: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
  second = await TestApp.start({ beside: app });
  third = await TestApp.start({ beside: app });
});
afterAll(async () => {
  await third.stop();
  await second.stop();
  await app.stop();
});

/** Hundreds of ticks, on a machine that may be busy with everything else. */
const PATIENT = { timeout: 90_000 } as const;

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

describe('three applications', PATIENT, () => {
  it('C1 that tick a hundred times each in the same instant remind each of 50 orders once', async () => {
    const orders = await insertWaitingOrders(app, 50, 90);
    const before = app.doubles.twilio.messages.length;
    const instances = [app, second, third];
    const ticks = Array.from({ length: 100 }, () => instances.map((one) => tickReminders(one)));
    const processed = await Promise.all(ticks.flat());
    await Promise.all(instances.map((one) => one.drain()));

    expect(sum(processed)).toBe(50);
    expect(await remindersPerOrder(orders)).toEqual([{ reminders: 1, orders: 50 }]);
    expect(app.doubles.twilio.messages.length - before).toBe(50);
  });

  it('C8 never remind a customer whose payment arrives during the tick', async () => {
    const orders = await Promise.all([1, 2, 3, 4, 5, 6].map(() => waitingOrder(app, 90)));
    await Promise.all([
      ...orders.map((order) => payOrder(app, order)),
      ...[app, second, third, app, second, third].map((instance) => tickReminders(instance)),
    ]);
    await app.drain();

    for (const order of orders) expect(titlesTo(app, order)).not.toContain(TITLE.reminder);
  });
});

describe('C2 a tick that overlaps a long one', PATIENT, () => {
  let lock: HeldLock | null = null;
  afterEach(async () => {
    await lock?.release();
  });

  it('does nothing, or takes what is due beside it, and waits for nobody', async () => {
    const orders = await insertWaitingOrders(app, 20, 90);
    // The long one has claimed all of them and cannot end: somebody holds the customer of one.
    const [{ customer } = { customer: '' }] = await app.sql<{ customer: string }>(
      `SELECT customer_id AS customer FROM orders WHERE id = $1`,
      [orders[0]],
    );
    lock = await HeldLock.onRow(app, 'customers', 'id', customer);
    const long = tickReminders(app);
    await untilWaiting(app, 1);
    expect(await tickReminders(second)).toBe(0);
    const [late] = await insertWaitingOrders(app, 1, 90);
    expect(await tickReminders(third)).toBe(1);
    await lock.release();

    expect(await long).toBe(20);
    expect(await remindersPerOrder([...orders, late!])).toEqual([{ reminders: 1, orders: 21 }]);
  });
});

describe('a backlog of 1203 due orders', PATIENT, () => {
  it('C1 is reminded batch after batch, by two instances at once, each order once', async () => {
    const orders = await insertWaitingOrders(app, 1_203, 90);
    const [one, two] = await Promise.all([tickReminders(app), tickReminders(second)]);

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
