import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { payOrder, placeOrder } from '../support/factories.js';
import {
  MESSAGES,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
  wakeChannels,
  whatsappTo,
} from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { senderOf } from '../support/senders.js';
import { TestApp } from '../support/test-app.js';

const SENDING = { method: 'POST', path: MESSAGES } as const;

let app: TestApp;
let customers = 0;

beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.twilio.faults.clear();
  app.doubles.mail.faults.clear();
  await app.doubles.twilio.up();
  await app.doubles.mail.up();
  await app.drain();
  await wakeChannels(app);
});
afterAll(() => app.stop());

const withMail = (): Promise<OrderResponse> =>
  placeOrder(app, { customer: { email: `hanging${(customers += 1)}@example.com` } });

const mailsTo = (order: OrderResponse): string[] =>
  app.doubles.mail.messagesTo(order.customer.email!).map(({ subject }) => subject);

describe('a Twilio that hangs', { timeout: 60_000 }, () => {
  it('T1 delays no e-mail: new ones leave while its calls are open', async () => {
    const early = await withMail();
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'hang', times: 100 });
    const before = sendRequests(app);
    const draining = app.drain();
    await vi.waitFor(() => expect(sendRequests(app)).toBe(before + 1), PATIENTLY);

    const late = await Promise.all([withMail(), withMail()]);
    void app.drain();
    await vi.waitFor(() => {
      for (const order of [early, ...late]) expect(mailsTo(order)).toHaveLength(1);
    }, PATIENTLY);
    // Its first call is still open: nothing has waited for the end of it.
    expect((await outboxRow(app, early.id, 'order_confirmation')).status).toBe('sending');
    await app.doubles.twilio.down();
    await draining;
  });

  it('T1 delays no other WhatsApp message: one that hangs takes one place', async () => {
    const orders: OrderResponse[] = [];
    for (let n = 0; n < 26; n += 1) orders.push(await placeOrder(app));
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'hang' });
    await app.drain();

    const rows = await app.sql<{ status: string; rank: number }>(
      `SELECT status, (rank() OVER (ORDER BY updated_at DESC))::int AS rank FROM notifications
        WHERE order_id = ANY ($1::uuid[])`,
      [orders.map(({ id }) => id)],
    );
    // The one that hung was given up last, when its time was over: all others had left before.
    const stuck = rows.filter(({ status }) => status !== 'sent');
    expect(stuck).toEqual([{ status: 'queued', rank: 1 }]);
    expect(rows).toHaveLength(26);
  });

  it('T1 makes its channel rest, and a customer who pays meanwhile is thanked by e-mail', async () => {
    const orders: OrderResponse[] = [];
    for (let n = 0; n < 8; n += 1) orders.push(await withMail());
    await app.doubles.twilio.down();
    await app.drain();
    expect(await senderOf(app)).toMatchObject({ pauseReason: 'provider_down' });

    const paid = await payOrder(app, orders[0]!);
    await app.drain();
    expect(paid.paymentStatus).toBe('paid');
    expect(mailsTo(paid)).toContain(`Merci pour votre commande ${paid.orderNumber}`);
    expect(whatsappTo(app, paid)).toEqual([]);
    expect(await outboxRow(app, paid.id, 'payment_thank_you')).toMatchObject({
      status: 'queued',
      attempts: 0,
    });

    await app.doubles.twilio.up();
    await wakeChannels(app);
    await app.sql(`UPDATE notifications SET available_at = now() WHERE status = 'queued'`);
    await app.drain();
    expect(titlesTo(app, paid)).toEqual([TITLE.thankYou, TITLE.pickupQr]);
  });
});

describe('a mail server that hangs', { timeout: 60_000 }, () => {
  it('T1 delays no WhatsApp message of other orders', async () => {
    await app.doubles.mail.down();
    await app.doubles.mail.up();
    app.doubles.mail.faults.add({ kind: 'hang', stage: 'CONNECT', times: 100 });
    const stuck = await withMail();
    const draining = app.drain();
    await vi.waitFor(async () => {
      const row = await outboxRow(app, stuck.id, 'order_confirmation', 'email');
      expect(row.status).toBe('sending');
    }, PATIENTLY);
    const others = await Promise.all([placeOrder(app), placeOrder(app)]);
    void app.drain();

    await vi.waitFor(() => {
      for (const order of others) expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    }, PATIENTLY);
    const row = await outboxRow(app, stuck.id, 'order_confirmation', 'email');
    expect(row.status).toBe('sending');
    await app.doubles.mail.down();
    await draining;
  });

  it('T1 that rests holds back no message that would have mentioned its e-mail', async () => {
    await app.sql(
      `UPDATE channel_senders SET paused_until = now() + interval '1 minute', failures = 5,
              pause_reason = 'provider_down' WHERE channel = 'email'`,
    );
    const order = await withMail();
    await payOrder(app, order);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.thankYou, TITLE.pickupQr]);
    expect(whatsappTo(app, order)[0]!.body).not.toContain('📧');
    expect(mailsTo(order)).toEqual([]);
  });
});
