import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { aPhone, payOrder, placeOrder } from '../support/factories.js';
import {
  abandon,
  hurry,
  MESSAGES,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
  wakeChannels,
  whatsappTo,
} from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { tickReminders, waitingOrder } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

const SENDING = { method: 'POST', path: MESSAGES } as const;
const LOOKING = { method: 'GET', path: MESSAGES } as const;

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.twilio.faults.clear();
  await app.doubles.twilio.up();
  await wakeChannels(app);
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

describe('when Twilio may have sent', { timeout: 60_000 }, () => {
  it.each([
    ['503', { kind: 'status', status: 503, body: { code: 20_503, message: '', status: 503 } }],
    ['500 in HTML', { kind: 'status', status: 500, body: '<html>oops</html>' }],
    ['a cut connection', { kind: 'reset' }],
  ] as const)(
    'T1 looks after %s before it sends, and sends what it cannot find',
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
    ['a cut connection', { kind: 'reset', accepted: true }],
    ['half an answer', { kind: 'truncate' }],
  ] as const)(
    'T4 finds the message it took before %s and sends no second one',
    async (_c, fault) => {
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
    },
  );

  it.each([
    ['no body', undefined],
    ['no sid', { status: 'queued', body: 'a message of which nobody tells the name' }],
  ])('T5 takes a 201 with %s for uncertain and finds what it was', async (_case, body) => {
    const order = await orderToConfirm();
    app.doubles.twilio.faults.add({
      ...SENDING,
      kind: 'status',
      status: 201,
      accepted: true,
      ...(body && { body }),
    });
    await app.drain();
    expect(await confirmation(order)).toMatchObject({
      status: 'queued',
      ambiguous: true,
      providerId: null,
    });

    await hurry(app, order.id);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(await confirmation(order)).toMatchObject({
      status: 'sent',
      providerId: whatsappTo(app, order)[0]?.sid,
    });
  });

  it('T4 sends nothing as long as it cannot look', async () => {
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

  it('T4 does not take an earlier order’s message for this one’s', async () => {
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

  it('T4 hears of what it took without answering by the callback, or else by looking', async () => {
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
  });
});

describe('two messages of one kind about one order', () => {
  it('T4 are not taken for each other when the second may have left', async () => {
    const order = await waitingOrder(app, 90);
    const remind = () => app.as('admin').post(`/api/orders/${order.id}/reminders`).expect(200);
    await remind();
    await app.drain();
    await remind();
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'status', status: 503 });
    await app.drain();
    expect(await outboxRow(app, order.id, 'payment_reminder')).toMatchObject({ ambiguous: true });

    await hurry(app, order.id);
    await app.drain();
    const told = whatsappTo(app, order).filter(({ body }) => body.startsWith(TITLE.reminder));
    expect(told).toHaveLength(2);
    expect(await outboxRow(app, order.id, 'payment_reminder')).toMatchObject({
      status: 'sent',
      providerId: told[1]!.sid,
    });
  });
});

describe(
  'a message that may have been sent and can never be looked up',
  { timeout: 60_000 },
  () => {
    /** Its next attempts find no answer at Twilio's list, however often they ask. */
    async function unsure(order: OrderResponse, kind: string, attempts: number): Promise<void> {
      app.doubles.twilio.faults.add({ ...LOOKING, kind: 'status', status: 503, times: 100 });
      await app.sql(
        `UPDATE notifications SET ambiguous = true, attempts = $3, available_at = now()
        WHERE order_id = $1 AND kind = $2 AND channel = 'whatsapp'`,
        [order.id, kind, attempts],
      );
    }

    async function tryTimes(order: OrderResponse, times: number): Promise<void> {
      for (let n = 0; n < times; n += 1) {
        await hurry(app, order.id);
        await app.drain();
      }
    }

    it('T4 is given up when it asks for money: at most once', async () => {
      const order = await waitingOrder(app, 90);
      await tickReminders(app);
      await unsure(order, 'payment_reminder', 0);
      const before = sendRequests(app);
      await tryTimes(order, 30);

      expect(sendRequests(app)).toBe(before);
      expect(await outboxRow(app, order.id, 'payment_reminder')).toMatchObject({
        status: 'failed',
        errorCode: 'lookup_failed',
      });
    });

    it('T4 is sent once more after an hour of asking when it is a pickup code', async () => {
      const order = await orderToConfirm();
      await app.drain();
      await payOrder(app, order);
      await app.drain();
      const { id } = await outboxRow(app, order.id, 'pickup_qr');
      await abandon(app, id);
      await unsure(order, 'pickup_qr', 1);
      await app.sql(`UPDATE notifications SET lease_until = now() WHERE id = $1`, [id]);
      await tryTimes(order, 8);
      expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);

      await tryTimes(order, 22);
      const sent = whatsappTo(app, order);
      expect(sent.map(({ body }) => body.split('\n')[0])).toEqual([
        TITLE.confirmation,
        TITLE.thankYou,
        TITLE.pickupQr,
        TITLE.pickupQr,
      ]);
      expect(await outboxRow(app, order.id, 'pickup_qr')).toMatchObject({
        status: 'sent',
        providerId: sent[3]?.sid,
      });
    });
  },
);
