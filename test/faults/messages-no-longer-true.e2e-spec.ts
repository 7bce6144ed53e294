import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { payOrder, placeOrder } from '../support/factories.js';
import {
  abandon,
  hurry,
  MESSAGES,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
} from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { refundOrder } from '../support/pickup.js';
import { tickReminders, waitingOrder } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const cancel = (order: OrderResponse) =>
  app.as('admin').post(`/api/orders/${order.id}/cancel`).send({}).expect(200);

/** Lets Twilio hold the next message and cuts the line, message untaken, once `meanwhile` is done. */
async function duringAnAttempt(meanwhile: () => Promise<unknown>): Promise<void> {
  const before = sendRequests(app);
  app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'hang' });
  const draining = app.drain();
  await vi.waitFor(() => expect(sendRequests(app)).toBe(before + 1), PATIENTLY);
  await meanwhile();
  await app.doubles.twilio.down();
  await draining;
  await app.doubles.twilio.up();
}

describe('C8 a reminder', () => {
  it('C7 is dropped when it was held back until its link is over', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    const { id } = await outboxRow(app, order.id, 'payment_reminder');
    await app.sql(
      `UPDATE notifications SET available_at = now() + interval '1 hour' WHERE id = $1`,
      [id],
    );
    await app.drain();
    expect((await outboxRow(app, order.id, 'payment_reminder')).status).toBe('queued');
    await app.sql(
      `UPDATE notifications
          SET not_after = now() - interval '1 second', available_at = now()
        WHERE id = $1`,
      [id],
    );
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(await outboxRow(app, order.id, 'payment_reminder')).toMatchObject({
      status: 'dropped',
      errorCode: 'too_late',
    });
  });

  it('C7 is taken back when its order is paid or over while it is held back', async () => {
    const held = await Promise.all([waitingOrder(app, 90), waitingOrder(app, 90)]);
    await tickReminders(app);
    for (const { id } of held) {
      await app.sql(
        `UPDATE notifications SET available_at = now() + interval '1 hour'
          WHERE order_id = $1 AND kind = 'payment_reminder'`,
        [id],
      );
    }
    const [paid, over] = held;
    await payOrder(app, paid);
    app.doubles.stripe.expire(over.stripeSessionId!);
    await app.doubles.stripe.deliverPending();
    for (const { id } of held) {
      expect((await outboxRow(app, id, 'payment_reminder')).status).toBe('cancelled');
      await hurry(app, id);
    }
    await app.drain();

    expect(titlesTo(app, paid)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
    expect(titlesTo(app, over)).toEqual([TITLE.confirmation, TITLE.expired]);
  });

  it('does not leave when the order is paid while it waits', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    await payOrder(app, order);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
    expect((await outboxRow(app, order.id, 'payment_reminder')).status).toBe('cancelled');
  });

  it('does not leave when a payment is on its way by a delayed method', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    app.doubles.stripe.pay(order.stripeSessionId!, 'sepa');
    await app.doubles.stripe.deliverPending();
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
  });

  it('does not leave when the order is cancelled while it waits', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    await cancel(order);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.cancelled]);
  });

  it('is not tried again when the order was paid during an attempt that failed', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    await duringAnAttempt(() => payOrder(app, order));
    await hurry(app, order.id);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
  });

  it('is not sent for a process that died with it when the order was paid since', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    const { id } = await outboxRow(app, order.id, 'payment_reminder');
    await app.sql(
      `UPDATE notifications SET status = 'sending', attempts = 1,
              lease_until = now() + interval '1 minute' WHERE id = $1`,
      [id],
    );
    await payOrder(app, order);
    await abandon(app, id);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
    expect((await outboxRow(app, order.id, 'payment_reminder')).status).not.toBe('sent');
  });
});

describe('a link', () => {
  it('does not leave when its order is cancelled first', async () => {
    const order = await placeOrder(app);
    await cancel(order);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.cancelled]);
  });

  it('is not tried again when its order was cancelled during an attempt that failed', async () => {
    const order = await placeOrder(app);
    await duringAnAttempt(() => cancel(order));
    await hurry(app, order.id);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.cancelled]);
  });

  it('does not leave when its order is paid first', async () => {
    const order = await placeOrder(app);
    await payOrder(app, order);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.thankYou, TITLE.pickupQr]);
  });
});

describe('a pickup code', () => {
  it('does not leave when the order is refunded first', async () => {
    const order = await payOrder(app, await placeOrder(app));
    await refundOrder(app, order);
    await app.drain();

    expect(titlesTo(app, order)).toEqual(['💶 REMBOURSEMENT DE 259,90 €']);
    for (const kind of ['payment_thank_you', 'pickup_qr']) {
      expect(await outboxRow(app, order.id, kind)).toMatchObject({ status: 'cancelled' });
    }
  });
});
