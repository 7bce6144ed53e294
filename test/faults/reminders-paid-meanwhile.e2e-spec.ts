import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { factsOf } from '../support/order-facts.js';
import { HeldLock, untilWaiting } from '../support/held-lock.js';
import { outboxRow, titlesTo, TITLE } from '../support/outbox.js';
import { tickReminders, waitingOrder } from '../support/reminders.js';
import { deliver, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;
let lock: HeldLock | null = null;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(async () => {
  await lock?.release();
  lock = null;
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const letGo = async (): Promise<void> => lock!.release();

/** The customer has paid at Stripe; the answer to its event, when it comes. */
const tellPayment = (order: OrderResponse) => {
  app.doubles.stripe.pay(order.stripeSessionId!);
  return deliver(app, sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!));
};

/** Paid, thanked, and never asked for money. */
const expectNoReminder = async (order: OrderResponse): Promise<void> => {
  expect(await tickReminders(app)).toBe(0);
  await Promise.all([app.drain(), other.drain()]);
  expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
  expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
};

describe('C8 a customer who pays while the tick is at work', () => {
  it('is passed over when the payment holds the order', async () => {
    const order = await waitingOrder(app, 90);
    // The payment has the order's row and cannot end: its messages wait for their customer.
    lock = await HeldLock.onRow(app, 'customers', 'id', order.customer.id);
    const paying = tellPayment(order);
    await untilWaiting(app, 1);
    expect(await tickReminders(other)).toBe(0);
    await letGo();
    expect(await paying).toEqual([200]);
    await expectNoReminder(order);
  });

  it('gets none when the tick has chosen the order but not committed its message', async () => {
    const order = await waitingOrder(app, 90);
    // The tick has the order's row and waits for its customer; the payment waits for the row.
    lock = await HeldLock.onRow(app, 'customers', 'id', order.customer.id);
    const ticking = tickReminders(other);
    await untilWaiting(app, 1);
    const paying = tellPayment(order);
    await untilWaiting(app, 2);
    await letGo();
    expect(await ticking).toBe(1);
    expect(await paying).toEqual([200]);
    await expectNoReminder(order);
    expect((await outboxRow(app, order.id, 'payment_reminder')).status).toBe('cancelled');
  });

  it('gets none when the message is queued and the payment is not committed yet', async () => {
    const order = await waitingOrder(app, 90);
    expect(await tickReminders(app)).toBe(1);
    // The payment has written everything, the reminder taken back with it, and waits at its commit.
    await app.sql(`
      CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('commit', 0));
        RETURN NULL;
      END $$`);
    await app.sql(
      `CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON pickup_passes
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit()`,
    );
    lock = await HeldLock.onIntent(app, 'commit');
    const paying = tellPayment(order);
    await untilWaiting(app, 1);
    expect(await other.drain()).toBe(0);
    await letGo();
    expect(await paying).toEqual([200]);
    await expectNoReminder(order);
  });
});
