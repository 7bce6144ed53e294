import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { outliveLink, stockOf } from '../support/checkout.js';
import { placeOrder, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { outboxOf, titlesTo, TITLE } from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { insertWaitingOrders, tickReminders, waitingOrder } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

const STEPS = { REMINDER_STEPS: '1h,6h,12h,23h' };

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start({ env: STEPS });
});
afterAll(() => app.stop());

const remindersTo = (order: OrderResponse): number =>
  titlesTo(app, order).filter((title) => title === TITLE.reminder).length;

const slotsOf = async (orderId: string): Promise<string[]> =>
  (await outboxOf(app, orderId))
    .filter(({ kind }) => kind === 'payment_reminder')
    .map(({ slot }) => slot);

/** Three ticks, as three instances or three hours would make. */
async function remind(): Promise<number> {
  let processed = 0;
  for (let n = 0; n < 3; n += 1) processed += await tickReminders(app);
  await app.drain();
  return processed;
}

/** The latest step that an order of this age has passed, while its link lives. */
const stepOf = (minutes: number): string[] => {
  if (minutes >= 1_435) return [];
  const passed = [60, 360, 720, 1_380].findLast((step) => minutes >= step);
  return passed ? [`${passed}m`] : [];
};

describe('C3 nothing ran for 26 hours', () => {
  it('reminds each order once, of its latest step, and ends the overdue ones', async () => {
    // One order of every hour of the outage, and two whose link died meanwhile.
    const ages = Array.from({ length: 26 }, (_none, hour) => hour * 60 + 30);
    const orders = await Promise.all(
      ages.map(async (minutes) => ({
        minutes,
        id: (await insertWaitingOrders(app, 1, minutes))[0]!,
      })),
    );
    const overdue = [await placeOrder(app), await placeOrder(app)];
    await app.drain();
    for (const order of overdue) await outliveLink(app, order);
    const due = orders.flatMap(({ minutes }) => stepOf(minutes)).length;

    // A process that ticks every second; what Stripe could not deliver comes again, for up to three days.
    const worker = await TestApp.start({
      beside: app,
      env: { ...STEPS, PROCESS_ROLE: 'all', REMINDER_CRON: '* * * * * *' },
    });
    try {
      await app.doubles.stripe.deliverPending();
      await vi.waitFor(async () => {
        const [row] = await app.sql<{ count: number }>(
          `SELECT count(*)::int FROM notifications WHERE kind = 'payment_reminder' AND status = 'sent'`,
        );
        expect(row!.count).toBe(due);
      }, PATIENTLY);
      // Several more ticks find nothing.
      const ticked = worker.logs.length;
      await vi.waitFor(() => {
        const ticks = worker.logs
          .slice(ticked)
          .filter(({ event }) => event === 'reminders.finished');
        expect(ticks.length).toBeGreaterThanOrEqual(2);
      }, PATIENTLY);
    } finally {
      await worker.stop();
    }
    for (const { id, minutes } of orders) expect(await slotsOf(id)).toEqual(stepOf(minutes));
    for (const order of overdue) {
      expect(await readOrder(app, order.id)).toMatchObject({
        status: 'cancelled',
        cancelReason: 'payment_link_expired',
      });
      expect(await stockOf(app, order.items[0]!.sku)).toBe(10);
      expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.expired]);
      expect((await factsOf(app, order.id)).messages).not.toContain('payment_reminder');
    }
  });

  it('makes one message of an outage of ten hours, then go on with the later steps', async () => {
    const order = await waitingOrder(app, 10 * 60);
    expect(await remind()).toBe(1);
    expect(await slotsOf(order.id)).toEqual(['360m']);

    await app.age(order.id, 2 * 60);
    expect(await remind()).toBe(1);
    await app.age(order.id, 11 * 60);
    expect(await remind()).toBe(1);
    expect(await slotsOf(order.id)).toEqual(['360m', '720m', '1380m']);
    expect(remindersTo(order)).toBe(3);
  });

  it('makes one message of an outage of a day', async () => {
    const order = await waitingOrder(app, 23 * 60 + 30);
    expect(await remind()).toBe(1);
    expect(await slotsOf(order.id)).toEqual(['1380m']);
    expect(remindersTo(order)).toBe(1);
  });
});
