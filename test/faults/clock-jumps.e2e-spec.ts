import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { ReminderService } from '../../src/reminders/reminder.service.js';
import { type DatabaseClock, installDatabaseClock } from '../support/database-clock.js';
import { placeOrder, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { abandon, hurry, MESSAGES, outboxRow, titlesTo, TITLE } from '../support/outbox.js';
import { tickReminders } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

let base: TestApp;
let app: TestApp;
let clock: DatabaseClock;

beforeAll(async () => {
  base = await TestApp.start();
  clock = await installDatabaseClock(base);
  app = await TestApp.start({ beside: base });
});
afterEach(async () => {
  vi.useRealTimers();
  await clock.reset();
});
afterAll(async () => {
  await app.stop();
  await base.stop();
});

/** The whole machine's clock is set: the database's and the application's. */
async function jump(seconds: number): Promise<void> {
  const there = Date.now() + seconds * 1_000;
  vi.useFakeTimers({ now: there, toFake: ['Date'] });
  await clock.jump(seconds);
}

const placed = async (): Promise<OrderResponse> => {
  const order = await placeOrder(app);
  await app.drain();
  return order;
};

/** The route, the timer's own method and the dispatcher, a few times over. */
async function everythingTicks(): Promise<number> {
  let processed = 0;
  for (let turn = 0; turn < 3; turn += 1) {
    processed += await tickReminders(app);
    processed += await app.app.get(ReminderService).sendDueReminders();
    await app.drain();
    await app.tickCheckout();
  }
  return processed;
}

describe('C6 a clock that jumps back an hour', () => {
  it('repeats no reminder, neither then nor when the hour comes a second time', async () => {
    const order = await placed();
    await jump(61 * MINUTE);
    expect(await everythingTicks()).toBe(1);
    await jump(-HOUR);
    expect(await everythingTicks()).toBe(0);
    await jump(HOUR);
    expect(await everythingTicks()).toBe(0);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.reminder]);
  });

  it('sends a message once that was claimed before by a process that died', async () => {
    const order = await placed();
    await jump(61 * MINUTE);
    await tickReminders(app);
    const { id } = await outboxRow(app, order.id, 'payment_reminder');
    await abandon(app, id);
    await app.sql(
      `UPDATE notifications SET lease_until = now() + interval '1 minute' WHERE id = $1`,
      [id],
    );
    await jump(-HOUR);
    // Its lease seems to have an hour to go: late, never twice.
    expect(await everythingTicks()).toBe(0);
    await jump(HOUR + 2 * MINUTE);
    await everythingTicks();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.reminder]);
  });

  it('leaves the link open that was made an hour ahead, and ends nothing early', async () => {
    await jump(HOUR);
    const order = await placed();
    await jump(-HOUR);
    await everythingTicks();
    expect(await readOrder(app, order.id)).toMatchObject({
      status: 'pending',
      paymentUrl: order.paymentUrl,
    });
    const again = await app.as('shop').post(`/api/orders/${order.id}/checkout-session`).expect(200);
    expect(again.body.paymentUrl).toBe(order.paymentUrl);
    expect((await factsOf(app, order.id)).sessions).toEqual(['1 open']);
  });

  it('keeps what waits for its next attempt in the queue, and sends it when its time has come', async () => {
    const order = await placed();
    await jump(61 * MINUTE);
    await tickReminders(app);
    const away = { method: 'POST', path: MESSAGES, kind: 'status', status: 503, times: 9 } as const;
    app.doubles.twilio.faults.add(away);
    await app.drain();
    app.doubles.twilio.faults.clear();
    expect((await outboxRow(app, order.id, 'payment_reminder')).status).toBe('queued');
    await jump(-HOUR);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    await hurry(app, order.id);
    await everythingTicks();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.reminder]);
  });
});
