import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS } from '../../src/notifications/retry-policy.js';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { payOrder, placeOrder } from '../support/factories.js';
import {
  hurry,
  MESSAGES,
  outboxOf,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
} from '../support/outbox.js';
import { TestApp } from '../support/test-app.js';

const SENDING = { method: 'POST', path: MESSAGES } as const;

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.twilio.faults.clear();
  await app.doubles.twilio.up();
});
afterAll(() => app.stop());

/** Its confirmation waits in the outbox and nothing else does. */
async function orderToConfirm(): Promise<OrderResponse> {
  const order = await placeOrder(app);
  await app.sql(
    `UPDATE notifications SET status = 'cancelled' WHERE status = 'queued' AND order_id <> $1`,
    [order.id],
  );
  return order;
}

const confirmation = (order: OrderResponse) => outboxRow(app, order.id, 'order_confirmation');

describe('when Twilio surely did not send', { timeout: 60_000 }, () => {
  it('T3 waits after a 429, longer each time, and sends once when it is let through', async () => {
    const order = await orderToConfirm();
    app.doubles.twilio.faults.add({
      ...SENDING,
      kind: 'status',
      status: 429,
      body: { code: 20_429, message: 'Too Many Requests', more_info: '', status: 429 },
      times: 6,
    });
    const waits: number[] = [];
    for (let n = 1; n <= 6; n += 1) {
      await app.drain();
      const row = await confirmation(order);
      expect(row).toMatchObject({
        status: 'queued',
        attempts: n,
        ambiguous: false,
        errorCode: '20429',
      });
      waits.push(row.waitSeconds);
      // Nothing is tried before its time.
      expect(await app.drain()).toBe(0);
      await hurry(app, order.id);
    }
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    waits.forEach((wait, index) => {
      const ceiling = 2 * 2 ** index;
      expect(wait).toBeLessThanOrEqual(ceiling);
      expect(wait).toBeGreaterThan(ceiling / 2 - 1);
    });
    expect(app.doubles.twilio.requestsTo('GET', MESSAGES)).toHaveLength(0);
  });

  it('T1 waits while no connection can be made, and never looks for what never left', async () => {
    const order = await orderToConfirm();
    await app.doubles.twilio.down();
    await app.drain();
    expect(await confirmation(order)).toMatchObject({
      status: 'queued',
      ambiguous: false,
      errorCode: 'ECONNREFUSED',
    });

    await app.doubles.twilio.up();
    await hurry(app, order.id);
    const looked = app.doubles.twilio.requestsTo('GET', MESSAGES).length;
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(app.doubles.twilio.requestsTo('GET', MESSAGES)).toHaveLength(looked);
  });

  it.each([
    ['a number that does not exist', 21_211],
    ['a number that cannot have WhatsApp', 21_614],
    ['a person who asked for no more', 21_610],
  ])('T2 gives %s up at once (%i)', async (_case, code) => {
    const order = await orderToConfirm();
    app.doubles.twilio.faults.add({
      ...SENDING,
      kind: 'status',
      status: 400,
      body: { code, message: 'refused', more_info: '', status: 400 },
    });
    await app.drain();

    expect(await confirmation(order)).toMatchObject({
      status: 'failed',
      attempts: 1,
      errorCode: String(code),
      sentAt: null,
    });
    const requests = sendRequests(app);
    await hurry(app, order.id);
    await app.drain();
    expect(sendRequests(app)).toBe(requests);
  });

  it('sends the QR code although the thanks were refused for good', async () => {
    const order = await orderToConfirm();
    await app.drain();
    await payOrder(app, order);
    app.doubles.twilio.faults.add({
      ...SENDING,
      kind: 'status',
      status: 400,
      body: { code: 21_617, message: 'too long', more_info: '', status: 400 },
    });
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.pickupQr]);
  });

  it('keeps the QR code back until the thanks that wait for a retry have left', async () => {
    const order = await orderToConfirm();
    await app.drain();
    await payOrder(app, order);
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'status', status: 429 });
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);

    await hurry(app, order.id);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
  });
});

describe('an outage without end', { timeout: 60_000 }, () => {
  it('T1 is given up after a bounded number of tries', async () => {
    const order = await orderToConfirm();
    await app.sql(`UPDATE notifications SET attempts = $2 WHERE order_id = $1`, [
      order.id,
      MAX_ATTEMPTS - 1,
    ]);
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'status', status: 429, times: 5 });
    await app.drain();

    expect(await outboxOf(app, order.id)).toMatchObject([
      { status: 'failed', attempts: MAX_ATTEMPTS, errorCode: 'http_429' },
    ]);
  });
});
