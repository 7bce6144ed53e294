import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { aPhone, placeOrder } from '../support/factories.js';
import {
  MESSAGES,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
  whatsappTo,
} from '../support/outbox.js';
import { flagsOf, refusal, toldOf } from '../support/senders.js';
import { TestApp } from '../support/test-app.js';

const SENDING = { method: 'POST', path: MESSAGES } as const;

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(() => app.doubles.twilio.faults.clear());
afterAll(() => app.stop());

const confirmation = (order: OrderResponse, channel?: string) =>
  outboxRow(app, order.id, 'order_confirmation', channel);

const orderOf = (phoneNumber: string, email?: string): Promise<OrderResponse> =>
  placeOrder(app, { customer: { phoneNumber, ...(email && { email }) } });

/** What a later order of the number hears: by e-mail as ever, by WhatsApp nothing. */
async function expectSpared(phoneNumber: string, errorCode: string): Promise<void> {
  const email = `spared${phoneNumber.slice(-6)}@example.com`;
  const later = await orderOf(phoneNumber, email);
  const before = sendRequests(app);
  await app.drain();

  expect(sendRequests(app)).toBe(before);
  expect(await confirmation(later)).toMatchObject({ status: 'failed', errorCode, sentAt: null });
  expect(await toldOf(app, later.id)).toMatchObject([{ status: 'failed', errorCode }]);
  expect(app.doubles.mail.messagesTo(email)).toHaveLength(1);
}

describe('a number that Twilio refuses at once', { timeout: 60_000 }, () => {
  it.each([
    [21_211, 'number_flagged'],
    [21_614, 'number_flagged'],
    [63_003, 'number_flagged'],
    [63_024, 'number_flagged'],
    [21_610, 'opted_out'],
    [63_033, 'opted_out'],
  ])('T2 is tried once and never again (%i: %s)', async (code, reason) => {
    const phoneNumber = aPhone();
    const order = await orderOf(phoneNumber);
    app.doubles.twilio.faults.add({ ...SENDING, ...refusal(code) });
    await app.drain();

    expect(await confirmation(order)).toMatchObject({
      status: 'failed',
      attempts: 1,
      errorCode: String(code),
    });
    expect(await flagsOf(app, phoneNumber)).toEqual([`whatsapp ${reason} ${code}`]);
    await expectSpared(phoneNumber, reason);
  });

  it('T2 is spared for every instance, and nobody else is', async () => {
    const other = await TestApp.start({ beside: app });
    const [phoneNumber, neighbour] = [aPhone(), aPhone()];
    await orderOf(phoneNumber);
    app.doubles.twilio.faults.add({ ...SENDING, ...refusal(21_211) });
    await app.drain();
    const [later, fine] = [await orderOf(phoneNumber), await orderOf(neighbour)];
    await other.drain();
    await other.stop();

    expect(await confirmation(later)).toMatchObject({ errorCode: 'number_flagged' });
    expect(titlesTo(app, fine)).toEqual([TITLE.confirmation]);
    expect(await flagsOf(app, neighbour)).toEqual([]);
  });

  it.each([21_617, 30_007, 63_016])(
    'T2 is not flagged for a refusal that is about the message (%i)',
    async (code) => {
      const phoneNumber = aPhone();
      await orderOf(phoneNumber);
      app.doubles.twilio.faults.add({ ...SENDING, ...refusal(code) });
      await app.drain();
      const later = await orderOf(phoneNumber);
      await app.drain();

      expect(await flagsOf(app, phoneNumber)).toEqual([]);
      expect(titlesTo(app, later)).toEqual([TITLE.confirmation]);
    },
  );
});

describe('a number of which a callback tells', { timeout: 60_000 }, () => {
  it.each([
    [63_024, 'number_flagged'],
    [30_005, 'number_flagged'],
    [63_033, 'opted_out'],
  ])('T2 is never written to again (%i: %s)', async (code, reason) => {
    const phoneNumber = aPhone();
    const order = await orderOf(phoneNumber);
    await app.drain();
    await app.doubles.twilio.advance(whatsappTo(app, order)[0]!.sid, 'undelivered', {
      errorCode: code,
    });

    expect(await confirmation(order)).toMatchObject({
      status: 'sent',
      deliveryStatus: 'undelivered',
      errorCode: String(code),
    });
    expect(await flagsOf(app, phoneNumber)).toEqual([`whatsapp ${reason} ${code}`]);
    await expectSpared(phoneNumber, reason);
  });

  it('T2 keeps an opt-out, whatever is said of the number later', async () => {
    const phoneNumber = aPhone();
    const order = await orderOf(phoneNumber);
    for (let n = 0; n < 2; n += 1) await orderOf(phoneNumber);
    await app.drain();
    const sids = whatsappTo(app, order).map(({ sid }) => sid);
    for (const [index, errorCode] of [63_024, 63_033, 30_005].entries()) {
      await app.doubles.twilio.advance(sids[index]!, 'undelivered', { errorCode });
    }

    expect(await flagsOf(app, phoneNumber)).toEqual(['whatsapp opted_out 63033']);
  });
});
