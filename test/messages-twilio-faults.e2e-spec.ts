import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MAX_ATTEMPTS } from '../src/notifications/retry-policy.js';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { aPhone, payOrder, placeOrder } from './support/factories.js';
import {
  hurry,
  MESSAGES,
  outboxOf,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
  whatsappTo,
} from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { TestApp } from './support/test-app.js';

const SENDING = { method: 'POST', path: MESSAGES } as const;
const LOOKING = { method: 'GET', path: MESSAGES } as const;

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

describe('when Twilio surely did not send', () => {
  it('waits after a 429, longer each time, and sends once when it is let through', async () => {
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

  it('waits while no connection can be made, and never looks for what never left', async () => {
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
  ])('gives %s up at once (%i)', async (_case, code) => {
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

describe('when Twilio may have sent', () => {
  it.each([
    ['503', { kind: 'status', status: 503, body: { code: 20_503, message: '', status: 503 } }],
    ['500 in HTML', { kind: 'status', status: 500, body: '<html>oops</html>' }],
    ['a cut connection', { kind: 'reset' }],
  ] as const)(
    'looks after %s before it sends, and sends what it cannot find',
    async (_c, fault) => {
      const order = await orderToConfirm();
      app.doubles.twilio.faults.add({ ...SENDING, ...fault });
      await app.drain();
      expect(await confirmation(order)).toMatchObject({ status: 'queued', ambiguous: true });

      const looked = app.doubles.twilio.requestsTo('GET', MESSAGES).length;
      await hurry(app, order.id);
      await app.drain();
      expect(app.doubles.twilio.requestsTo('GET', MESSAGES)).toHaveLength(looked + 1);
      expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    },
  );

  it.each([
    ['503', { kind: 'status', status: 503, accepted: true }],
    ['a 201 without a body', { kind: 'status', status: 201, accepted: true }],
    ['a cut connection', { kind: 'reset', accepted: true }],
    ['half an answer', { kind: 'truncate' }],
  ] as const)('finds the message it took before %s and sends no second one', async (_c, fault) => {
    const order = await orderToConfirm();
    app.doubles.twilio.faults.add({ ...SENDING, ...fault });
    await app.drain();
    expect(await confirmation(order)).toMatchObject({ status: 'queued', ambiguous: true });

    await hurry(app, order.id);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(await confirmation(order)).toMatchObject({
      status: 'sent',
      ambiguous: false,
      providerId: whatsappTo(app, order)[0]?.sid,
    });
  });

  it('sends nothing as long as it cannot look', async () => {
    const order = await orderToConfirm();
    app.doubles.twilio.faults
      .add({ ...SENDING, kind: 'reset', accepted: true })
      .add({ ...LOOKING, kind: 'status', status: 503 });
    await app.drain();
    await hurry(app, order.id);
    await app.drain();
    expect(await confirmation(order)).toMatchObject({
      status: 'queued',
      ambiguous: true,
      errorCode: 'lookup_failed',
    });

    await hurry(app, order.id);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect((await confirmation(order)).status).toBe('sent');
  });

  it('does not take an earlier order’s message for this one’s', async () => {
    const phoneNumber = aPhone();
    const earlier = await placeOrder(app, { customer: { phoneNumber } });
    await app.drain();
    const order = await placeOrder(app, { customer: { phoneNumber } });
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'reset' });
    await app.drain();
    await hurry(app, order.id);
    await app.drain();

    const texts = whatsappTo(app, order).map(({ body }) => body);
    expect(texts).toHaveLength(2);
    expect(texts[0]).toContain(earlier.orderNumber);
    expect(texts[1]).toContain(order.orderNumber);
  });

  it('hears of what it took without answering by the callback, or else by looking', async () => {
    const [told, untold] = [await orderToConfirm(), await placeOrder(app)];
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'hang', accepted: true, times: 2 });
    const draining = app.drain();
    await vi.waitFor(() => {
      expect([...titlesTo(app, told), ...titlesTo(app, untold)]).toHaveLength(2);
    }, PATIENTLY);
    expect((await confirmation(told)).status).toBe('sending');
    const { sid } = whatsappTo(app, told)[0]!;
    await app.doubles.twilio.advance(sid, 'sent');
    const settled = { status: 'sent', attempts: 1, providerId: sid, deliveryStatus: 'sent' };
    expect(await confirmation(told)).toMatchObject(settled);

    // The calls give up at their time limit. What the first has to say is no longer heard.
    await draining;
    expect(await confirmation(told)).toMatchObject(settled);
    expect(await confirmation(untold)).toMatchObject({ status: 'queued', ambiguous: true });
    await hurry(app, told.id);
    await hurry(app, untold.id);
    await app.drain();
    expect(titlesTo(app, told)).toHaveLength(1);
    expect(titlesTo(app, untold)).toHaveLength(1);
    expect(await confirmation(untold)).toMatchObject({
      status: 'sent',
      providerId: whatsappTo(app, untold)[0]?.sid,
    });
  }, 60_000);
});

describe('an outage without end', () => {
  it('is given up after a bounded number of tries', async () => {
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
