import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { payOrder } from './support/factories.js';
import { outboxOf, titlesTo, TITLE } from './support/outbox.js';
import { tickReminders, waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start({ env: { REMINDER_STEPS: '1h,6h,12h,23h' } });
});
afterAll(() => app.stop());

const remindersTo = (order: OrderResponse): number =>
  titlesTo(app, order).filter((title) => title === TITLE.reminder).length;

const slotsOf = async (order: OrderResponse): Promise<string[]> =>
  (await outboxOf(app, order.id))
    .filter(({ kind }) => kind === 'payment_reminder')
    .map(({ slot }) => slot);

/** Three ticks, as three instances or three hours would make. */
async function remind(): Promise<number> {
  const processed = [];
  for (let n = 0; n < 3; n += 1) processed.push(await tickReminders(app));
  await app.drain();
  return processed.reduce((sum, one) => sum + one, 0);
}

describe('four reminder steps', () => {
  it('remind four times, each at its age and once', async () => {
    const order = await waitingOrder(app, 59);
    const counts = [await remind()];
    for (const minutes of [2, 299, 1, 359, 1, 659, 1]) {
      await app.age(order.id, minutes);
      counts.push(await remind());
    }

    // 59 min, 61 min, 6 h, 6 h 01, 12 h, 12 h 01, 23 h, 23 h 01
    expect(counts).toEqual([0, 1, 1, 0, 1, 0, 1, 0]);
    expect(await slotsOf(order)).toEqual(['60m', '360m', '720m', '1380m']);
    expect(remindersTo(order)).toBe(4);
  });

  it('end with the payment', async () => {
    const order = await waitingOrder(app, 61);
    await remind();
    await app.age(order.id, 5 * 60);
    await payOrder(app, order);
    expect(await remind()).toBe(0);
    expect(remindersTo(order)).toBe(1);
  });

  it('leave the first out for an order that the shop has reminded by hand', async () => {
    const order = await waitingOrder(app, 30);
    await app.as('admin').post(`/api/orders/${order.id}/reminders`).expect(200);
    await app.age(order.id, 60);
    expect(await remind()).toBe(0);
    await app.age(order.id, 5 * 60);
    expect(await remind()).toBe(1);
    expect(await slotsOf(order)).toEqual(['manual-1', '360m']);
  });
});
