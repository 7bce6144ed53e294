import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { ReminderService } from '../src/reminders/reminder.service.js';
import { orderBody, payOrder, placeOrder, readOrder } from './support/factories.js';
import { outboxOf, titlesTo, TITLE, whatsappTo } from './support/outbox.js';
import { tickReminders, waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

const ROUTE = '/api/cron/payment-reminders';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const remindersTo = (order: OrderResponse): number =>
  titlesTo(app, order).filter((title) => title === TITLE.reminder).length;

async function remind(): Promise<number> {
  const processed = await tickReminders(app);
  await app.drain();
  return processed;
}

describe('a reminder', () => {
  it('reaches the customer of an order that nobody has paid for an hour, once', async () => {
    const order = await waitingOrder(app, 61);
    expect(await remind()).toBe(1);
    expect(remindersTo(order)).toBe(1);
    expect((await readOrder(app, order.id)).reminderSent).toBe(true);

    expect(await remind()).toBe(0);
    expect(remindersTo(order)).toBe(1);
  });

  it('carries the link that Stripe gave', async () => {
    const order = await waitingOrder(app, 61);
    await remind();
    expect(whatsappTo(app, order).at(-1)?.body).toContain(`\n${order.paymentUrl}\n`);
  });

  it('is due at one hour and not a minute earlier', async () => {
    const order = await waitingOrder(app, 59);
    expect(await remind()).toBe(0);
    await app.age(order.id, 1);
    expect(await remind()).toBe(1);
    expect(remindersTo(order)).toBe(1);
  });

  it('is still due as long as the link lives', async () => {
    const order = await waitingOrder(app, 23 * 60 + 50);
    expect(await remind()).toBe(1);
    expect(whatsappTo(app, order).at(-1)?.body).toMatch(/Ce lien expire dans [45] min/);
  });

  it('is queued by the timer’s own method as by the route', async () => {
    const order = await waitingOrder(app, 61);
    expect(await app.app.get(ReminderService).sendDueReminders()).toBe(1);
    await app.drain();
    expect(remindersTo(order)).toBe(1);
    const rows = await outboxOf(app, order.id);
    expect(rows.at(-1)).toMatchObject({ kind: 'payment_reminder', slot: '60m', status: 'sent' });
  });

  it('is told in the log in the words of the shop, without a number or a name', async () => {
    const order = await waitingOrder(app, 61);
    const from = app.logs.length;
    await remind();
    const lines = app.logs.slice(from).map(({ msg }) => msg);
    expect(lines).toContain('Running payment reminders cron job...');
    expect(lines).toContain('Found 1 orders needing reminders');
    expect(lines).toContain(`Reminder sent for order ${order.orderNumber}`);
    const log = JSON.stringify(app.logs);
    expect(log).not.toContain(order.customer.phoneNumber.slice(4));
    expect(log).not.toContain('Aline');
    expect(log).not.toContain(order.paymentUrl);
  });
});

describe('no reminder', () => {
  it.each<[string, (order: OrderResponse) => Promise<unknown>]>([
    ['a paid order', (order) => payOrder(app, order)],
    [
      'an order whose payment is under way',
      async (order) => {
        app.doubles.stripe.pay(order.stripeSessionId!, 'sepa');
        await app.doubles.stripe.deliverPending();
      },
    ],
    [
      'a cancelled order',
      (order) => app.as('admin').post(`/api/orders/${order.id}/cancel`).send({}).expect(200),
    ],
    [
      'an order whose link Stripe has expired',
      async (order) => {
        app.doubles.stripe.expire(order.stripeSessionId!);
        await app.doubles.stripe.deliverPending();
      },
    ],
    [
      'an order whose link is over, even if Stripe has not said so yet',
      (order) =>
        app.sql(
          `UPDATE checkout_sessions SET expires_at = now() - interval '1 second'
            WHERE order_id = $1`,
          [order.id],
        ),
    ],
    ['an order of yesterday', (order) => app.sql(ONE_DAY_OLD, [order.id])],
    [
      'an order that was reminded',
      (order) => app.sql(`UPDATE orders SET reminder_sent = true WHERE id = $1`, [order.id]),
    ],
  ])('goes to %s', async (_case, happens) => {
    const order = await waitingOrder(app, 61);
    await happens(order);
    await app.drain();

    expect(await remind()).toBe(0);
    expect(remindersTo(order)).toBe(0);
  });

  it('goes to an order that has no link yet', async () => {
    const body = await orderBody(app);
    await app.doubles.stripe.down();
    const answer = await app.as('shop').post('/api/orders').send(body).expect(202);
    await app.doubles.stripe.up();
    await app.age((answer.body as OrderResponse).id, 61);

    expect(await remind()).toBe(0);
  });
});

/** Its link lives on, as that of a session made anew would. */
const ONE_DAY_OLD = `UPDATE orders SET created_at = now() - interval '24 hours 1 minute' WHERE id = $1`;

describe(`GET ${ROUTE}`, () => {
  it('answers what it did and when', async () => {
    const before = Date.now();
    const { body } = await app.http
      .get(ROUTE)
      .set('authorization', `Bearer ${app.config.access.cronSecret}`)
      .expect(200);
    expect(body).toEqual({ success: true, processed: 0, timestamp: expect.any(String) });
    expect(body.timestamp).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    expect(Date.parse(body.timestamp)).toBeGreaterThanOrEqual(before);
  });

  it.each<[string, (secret: string) => string | null]>([
    ['no secret', () => null],
    ['a wrong one', (secret) => `Bearer ${'x'.repeat(secret.length)}`],
    ['a short one', () => 'Bearer x'],
    ['its beginning', (secret) => `Bearer ${secret.slice(0, -1)}`],
    ['more than it', (secret) => `Bearer ${secret}x`],
    ['an empty one', () => 'Bearer '],
    ['the scheme alone', () => 'Bearer'],
    ['another scheme', (secret) => `Basic ${secret}`],
    ['no scheme', (secret) => secret],
    ['an admin key', () => `Bearer ${app.config.access.adminKeys[0]}`],
  ])('answers 401 to %s and reminds nobody', async (_case, header) => {
    const order = await waitingOrder(app, 61);
    const request = app.http.get(ROUTE);
    const authorization = header(app.config.access.cronSecret);
    if (authorization !== null) void request.set('authorization', authorization);
    const answer = await request.expect(401);

    expect(answer.text).toBe('{"error":"Unauthorized"}');
    expect((await readOrder(app, order.id)).reminderSent).toBe(false);
    await app.sql(`UPDATE orders SET reminder_sent = true WHERE id = $1`, [order.id]);
  });

  it('does not take the secret from the address', async () => {
    const { cronSecret } = app.config.access;
    const { text } = await app.http
      .get(`${ROUTE}?secret=${cronSecret}&authorization=Bearer%20${cronSecret}`)
      .expect(401);
    expect(text).toBe('{"error":"Unauthorized"}');
  });
});

describe('a reminder and a fresh order of the same customer', () => {
  it('are two: the paid one is not reminded for the other', async () => {
    const phoneNumber = '+590690777333';
    const paid = await waitingOrder(app, 61, { customer: { phoneNumber } });
    await payOrder(app, paid);
    const fresh = await placeOrder(app, { customer: { phoneNumber } });
    await app.drain();
    expect(await remind()).toBe(0);
    await app.age(fresh.id, 61);
    expect(await remind()).toBe(1);
    const [last] = whatsappTo(app, fresh).slice(-1);
    expect(last?.body).toContain(fresh.orderNumber);
  });
});
