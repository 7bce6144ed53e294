import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { payOrder, placeOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import {
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
import { insertWaitingOrders, tickReminders } from '../support/reminders.js';
import { endRest, refusal, senderOf } from '../support/senders.js';
import { TestApp } from '../support/test-app.js';

const SENDING = { method: 'POST', path: MESSAGES } as const;
const DAY_SECONDS = 24 * 60 * 60;

let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
  // The last to start has the log lines of both.
  other = await TestApp.start({ beside: app });
});
afterEach(async () => {
  app.doubles.twilio.faults.clear();
  await app.doubles.twilio.up();
  await app.drain();
  await wakeChannels(app);
  await app.sql(`UPDATE notifications SET status = 'cancelled' WHERE status = 'queued'`);
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const alarms = (): number => linesOf(other, 'channel.daily_limit').length;

/** Reminders that wait to leave, oldest first. */
async function backlog(count: number): Promise<string[]> {
  const orders = await insertWaitingOrders(app, count, 90);
  await tickReminders(app);
  const rows = await app.sql<{ id: string }>(
    `SELECT n.order_id AS id FROM notifications n WHERE order_id = ANY ($1::uuid[]) ORDER BY n.id`,
    [orders],
  );
  return rows.map(({ id }) => id);
}

/** The orders of these, in the order in which Twilio got their messages. */
async function ordersAtTwilio(from: number): Promise<string[]> {
  const numbers = app.doubles.twilio.messages.slice(from).map(({ to }) => to.slice(9));
  const rows = await app.sql<{ id: string; phone: string }>(
    `SELECT o.id, c.phone_number AS phone FROM orders o JOIN customers c ON c.id = o.customer_id
      WHERE c.phone_number = ANY ($1::text[])`,
    [numbers],
  );
  const byPhone = new Map(rows.map(({ id, phone }) => [phone, id]));
  return numbers.map((number) => byPhone.get(number)!);
}

describe('the daily limit of a sender', { timeout: 60_000 }, () => {
  it.each([63_018, 63_038])(
    'T9 lets WhatsApp rest for a day on every instance, with one alarm (%i)',
    async (code) => {
      const before = { alarms: alarms(), requests: sendRequests(app) };
      await backlog(60);
      app.doubles.twilio.faults.add({ ...SENDING, ...refusal(code, 429), times: 1_000 });
      await Promise.all([app.drain(), other.drain()]);

      expect(alarms()).toBe(before.alarms + 1);
      // What was on its way when the first answer came, and nothing after it.
      const tried = sendRequests(app) - before.requests;
      expect(tried).toBeLessThan(60);
      const { pauseReason, restSeconds } = await senderOf(app);
      expect(pauseReason).toBe('daily_limit');
      expect(restSeconds).toBeGreaterThan(DAY_SECONDS - 120);
      expect(restSeconds).toBeLessThanOrEqual(DAY_SECONDS);
      await app.sql(`UPDATE notifications SET available_at = now() WHERE status = 'queued'`);
      expect(await app.drain()).toBe(0);
      expect(await other.drain()).toBe(0);
    },
  );

  it('T9 told by a callback lets WhatsApp rest too; the message is sent once more after that', async () => {
    const order = await placeOrder(app);
    await app.drain();
    const before = alarms();
    await app.doubles.twilio.advance(whatsappTo(app, order)[0]!.sid, 'failed', {
      errorCode: 63_018,
    });

    expect(alarms()).toBe(before + 1);
    expect(await senderOf(app)).toMatchObject({ pauseReason: 'daily_limit' });
    await app.sql(`UPDATE notifications SET available_at = now() WHERE order_id = $1`, [order.id]);
    expect(await app.drain()).toBe(0);

    await endRest(app);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.confirmation]);
  });

  it('T9 keeps what can wait, drops what cannot, and lets the e-mails go on', async () => {
    const [reminded] = (await backlog(1)) as [string];
    const email = 'daily-limit@example.com';
    const order = await placeOrder(app, { customer: { email } });
    await app.sql(
      `UPDATE channel_senders SET paused_until = now() + interval '1 day',
              pause_reason = 'daily_limit' WHERE channel = 'whatsapp'`,
    );
    await payOrder(app, order);
    await app.sql(
      `UPDATE notifications SET not_after = now() - interval '1 second' WHERE order_id = $1`,
      [reminded],
    );
    await app.drain();

    const subjects = app.doubles.mail.messagesTo(email).map(({ subject }) => subject);
    expect(subjects).toEqual([`Merci pour votre commande ${order.orderNumber}`]);
    expect(whatsappTo(app, order)).toEqual([]);
    expect(await outboxRow(app, reminded, 'payment_reminder')).toMatchObject({
      status: 'dropped',
      attempts: 0,
      errorCode: 'too_late',
    });
    expect(await outboxRow(app, order.id, 'payment_thank_you')).toMatchObject({ status: 'queued' });

    await endRest(app);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.thankYou, TITLE.pickupQr]);
  });
});

describe('too many messages at once', { timeout: 60_000 }, () => {
  it('T3 never has more than a lane’s width of them at Twilio', async () => {
    await backlog(60);
    const before = sendRequests(app);
    app.doubles.twilio.faults.add({ ...SENDING, kind: 'hang', times: 1_000 });
    const draining = app.drain();
    await vi.waitFor(() => expect(sendRequests(app)).toBe(before + 20), PATIENTLY);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sendRequests(app)).toBe(before + 20);
    await app.doubles.twilio.down();
    await draining;
  });
});

describe('a backlog', { timeout: 60_000 }, () => {
  it('T13 leaves at the limited rate of all instances together, oldest first, without what is too late', async () => {
    const env = { RATE_LIMIT_WHATSAPP_PER_SECOND: '20' };
    const [one, two] = [
      await TestApp.start({ beside: app, env }),
      await TestApp.start({ beside: app, env }),
    ];
    const orders = await backlog(50);
    const late = orders.filter((_id, index) => index % 5 === 0);
    await app.sql(
      `UPDATE notifications SET not_after = now() - interval '1 second'
        WHERE order_id = ANY ($1::uuid[]) AND kind = 'payment_reminder'`,
      [late],
    );
    const from = app.doubles.twilio.messages.length;
    const startedAt = Date.now();
    await Promise.all([one.drain(), two.drain()]);
    const seconds = (Date.now() - startedAt) / 1_000;
    await one.stop();
    await two.stop();

    const kept = orders.filter((id) => !late.includes(id));
    const left = await ordersAtTwilio(from);
    expect([...left].toSorted()).toEqual([...kept].toSorted());
    // 40 of them, 5 at once and 20 a second; the machine may be slower, never faster.
    expect(seconds).toBeGreaterThan((kept.length - 5) / 20 - 0.1);
    // Those of one claim leave side by side: nobody is overtaken by more than two claims.
    left.forEach((id, place) => expect(Math.abs(kept.indexOf(id) - place)).toBeLessThan(15));
    const dropped = await app.sql(
      `SELECT status, attempts, count(*)::int AS rows FROM notifications
        WHERE order_id = ANY ($1::uuid[]) GROUP BY status, attempts`,
      [late],
    );
    expect(dropped).toEqual([{ status: 'dropped', attempts: 0, rows: late.length }]);
  });

  it('T13 of a provider that is down is asked for one by one, costs no tries, and leaves when it is back', async () => {
    const orders = await backlog(60);
    await app.doubles.twilio.down();
    await app.drain();
    const tried = async (): Promise<number> => {
      const [row] = await app.sql<{ tries: number }>(
        `SELECT sum(attempts)::int AS tries FROM notifications WHERE order_id = ANY ($1::uuid[])`,
        [orders],
      );
      return row!.tries;
    };
    // Those on their way when the fifth failed; the rest was not even claimed.
    const first = await tried();
    expect(first).toBeLessThan(60);
    expect(await senderOf(app)).toMatchObject({
      pauseReason: 'provider_down',
      restSeconds: expect.any(Number),
    });
    expect(await other.drain()).toBe(0);

    for (let probe = 1; probe <= 3; probe += 1) {
      await endRest(app);
      await Promise.all([app.drain(), other.drain()]);
      expect(await tried()).toBe(first + probe);
    }
    expect((await senderOf(app)).restSeconds).toBeGreaterThan(5);
    expect(linesOf(other, 'channel.paused')).toHaveLength(1);

    await app.doubles.twilio.up();
    const from = app.doubles.twilio.messages.length;
    await app.sql(`UPDATE notifications SET available_at = created_at WHERE status = 'queued'`);
    await endRest(app);
    await Promise.all([app.drain(), other.drain()]);
    await Promise.all([app.drain(), other.drain()]);
    expect((await ordersAtTwilio(from)).toSorted()).toEqual([...orders].toSorted());
    expect(await senderOf(app)).toEqual({
      failures: 0,
      pauseReason: 'provider_down',
      restSeconds: null,
    });
  });

  it('T13 does not rest for a 429 or a refused message', async () => {
    await backlog(20);
    app.doubles.twilio.faults
      .add({ ...SENDING, ...refusal(20_429, 429), times: 10 })
      .add({ ...SENDING, ...refusal(21_617), times: 10 });
    await app.drain();

    expect(await senderOf(app)).toMatchObject({ failures: 0, restSeconds: null });
    const order = await placeOrder(app);
    await hurry(app, order.id);
    await app.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
  });
});
