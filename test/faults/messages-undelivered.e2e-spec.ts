import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { payOrder } from '../support/factories.js';
import {
  hurry,
  MESSAGES,
  outboxRow,
  type SentConfirmation,
  sentConfirmation,
  sendRequests,
  wakeChannels,
  whatsappTo,
} from '../support/outbox.js';
import { tickReminders, waitingOrder } from '../support/reminders.js';
import { refusal, toldOf } from '../support/senders.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.twilio.faults.clear();
  await wakeChannels(app);
});
afterAll(() => app.stop());

const rowOf = ({ order }: SentConfirmation) => outboxRow(app, order.id, 'order_confirmation');

const fail = (
  { message }: SentConfirmation,
  errorCode: number,
  status: 'failed' | 'undelivered' = 'undelivered',
) => app.doubles.twilio.advance(message.sid, status, { errorCode });

/** As if the pause before it is sent once more were over. */
async function resend({ order }: SentConfirmation): Promise<void> {
  await hurry(app, order.id);
  await app.drain();
}

describe(
  'a message that WhatsApp does not deliver, told by a callback',
  { timeout: 60_000 },
  () => {
    it.each([63_016, 63_003, 63_024, 63_049])(
      'T6 is final and shown, and WhatsApp is not tried again (%i)',
      async (code) => {
        const one = await sentConfirmation(app);
        await fail(one, code, 'failed');
        const before = sendRequests(app);
        await resend(one);

        expect(sendRequests(app)).toBe(before);
        expect(await toldOf(app, one.order.id)).toMatchObject([
          { status: 'sent', deliveryStatus: 'failed', errorCode: String(code) },
        ]);
      },
    );

    it.each([30_003, 30_008, 63_017, 63_019])(
      'T6 is sent once more after a pause when it may arrive then (%i)',
      async (code) => {
        const one = await sentConfirmation(app);
        await fail(one, code);
        expect(await rowOf(one)).toMatchObject({
          status: 'queued',
          deliveryStatus: 'undelivered',
          errorCode: String(code),
          waitSeconds: expect.closeTo(600, -2),
        });
        expect(await app.drain()).toBe(0);

        await resend(one);
        const [first, second] = whatsappTo(app, one.order);
        expect(second!.body.split('\n')[0]).toBe(first!.body.split('\n')[0]);
        expect(await rowOf(one)).toMatchObject({ status: 'sent', providerId: second!.sid });
        await app.doubles.twilio.advance(second!.sid, 'delivered');
        expect(await toldOf(app, one.order.id)).toMatchObject([
          { status: 'sent', deliveryStatus: 'delivered', errorCode: null, resends: 1 },
        ]);
      },
    );

    it('T6 is sent once more a bounded number of times, then it is final', async () => {
      const one = await sentConfirmation(app);
      for (let n = 0; n < 6; n += 1) {
        const latest = whatsappTo(app, one.order).at(-1)!;
        await app.doubles.twilio.advance(latest.sid, 'undelivered', { errorCode: 30_003 });
        await resend(one);
      }

      expect(whatsappTo(app, one.order)).toHaveLength(3);
      expect(await toldOf(app, one.order.id)).toMatchObject([
        { status: 'sent', deliveryStatus: 'undelivered', errorCode: '30003', resends: 2 },
      ]);
    });

    it('T6 hears nothing of the first once it was sent again, however often that is told', async () => {
      const one = await sentConfirmation(app);
      await fail(one, 30_003);
      for (const status of ['undelivered', 'sent', 'failed'] as const) {
        await app.doubles.twilio.callback(one.message.sid, status, { errorCode: 30_003, times: 2 });
      }
      expect((await rowOf(one)).status).toBe('queued');
      app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, ...refusal(20_429, 429) });
      await resend(one);
      // Now the row knows of no message at all, and must not take the lost one for its own.
      await app.doubles.twilio.callback(one.message.sid, 'undelivered', { errorCode: 30_003 });
      expect(await rowOf(one)).toMatchObject({
        status: 'queued',
        errorCode: '20429',
        providerId: null,
      });
      await resend(one);
      await app.doubles.twilio.callback(one.message.sid, 'undelivered', { errorCode: 30_003 });
      const second = whatsappTo(app, one.order)[1]!;

      expect(await rowOf(one)).toMatchObject({
        status: 'sent',
        deliveryStatus: null,
        providerId: second.sid,
      });
      await resend(one);
      expect(whatsappTo(app, one.order)).toHaveLength(2);
    });

    it.each(['sent', 'delivered', 'read'] as const)(
      'T6 is not sent once more after it was %s',
      async (status) => {
        const one = await sentConfirmation(app);
        await app.doubles.twilio.advance(one.message.sid, status);
        if (status === 'sent') await app.doubles.twilio.advance(one.message.sid, 'delivered');
        await app.doubles.twilio.callback(one.message.sid, 'undelivered', { errorCode: 30_003 });
        await resend(one);
        expect(whatsappTo(app, one.order)).toHaveLength(1);
      },
    );

    it('T6 is not sent once more when it was read after all while it waits', async () => {
      const one = await sentConfirmation(app);
      await fail(one, 30_003);
      await app.doubles.twilio.callback(one.message.sid, 'read');
      await resend(one);

      expect(whatsappTo(app, one.order)).toHaveLength(1);
      expect(await rowOf(one)).toMatchObject({
        status: 'sent',
        deliveryStatus: 'read',
        providerId: one.message.sid,
      });
    });

    it('T6 is not sent once more when it asks for money that was paid since', async () => {
      const order = await waitingOrder(app, 90);
      await tickReminders(app);
      await app.drain();
      const reminder = whatsappTo(app, order).at(-1)!;
      await payOrder(app, order);
      await app.drain();
      const before = sendRequests(app);
      await app.doubles.twilio.advance(reminder.sid, 'undelivered', { errorCode: 30_003 });
      await hurry(app, order.id);
      await app.drain();

      expect(sendRequests(app)).toBe(before);
      expect(await outboxRow(app, order.id, 'payment_reminder')).toMatchObject({
        status: 'sent',
        deliveryStatus: 'undelivered',
      });
    });

    it('T6 holds no later message of the order back while it waits', async () => {
      const one = await sentConfirmation(app);
      await fail(one, 30_003);
      await payOrder(app, one.order);
      await app.drain();
      expect(whatsappTo(app, one.order)).toHaveLength(3);
    });
  },
);
