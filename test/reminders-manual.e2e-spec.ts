import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { payOrder, placeOrder, readOrder } from './support/factories.js';
import { outboxOf, titlesTo, TITLE, whatsappTo } from './support/outbox.js';
import { tickReminders, waitingOrder } from './support/reminders.js';
import { type Role, TestApp } from './support/test-app.js';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const remind = (order: Pick<OrderResponse, 'id'>, role: Role = 'admin') =>
  app.as(role).post(`/api/orders/${order.id}/reminders`);

const remindersTo = (order: OrderResponse): number =>
  titlesTo(app, order).filter((title) => title === TITLE.reminder).length;

describe('a reminder sent by hand', () => {
  it('leaves at once, whatever the order’s age, and marks it as reminded', async () => {
    const order = await waitingOrder(app, 0);
    const { body } = await remind(order).expect(200);
    expect(body).toMatchObject({ id: order.id, status: 'pending', reminderSent: true });
    await app.drain();

    expect(remindersTo(order)).toBe(1);
    expect(whatsappTo(app, order).at(-1)?.body).toContain(order.paymentUrl);
  });

  it('is one more message each time', async () => {
    const order = await waitingOrder(app, 61);
    await tickReminders(app);
    await app.drain();
    for (const count of [2, 3]) {
      await remind(order).expect(200);
      await app.drain();
      expect(remindersTo(order)).toBe(count);
    }
    const slots = (await outboxOf(app, order.id)).slice(1).map(({ slot }) => slot);
    expect(slots).toEqual(['60m', 'manual-2', 'manual-3']);
  });

  it('takes the place of the hourly one', async () => {
    const order = await waitingOrder(app, 30);
    await remind(order).expect(200);
    await app.drain();
    await app.age(order.id, 60);
    expect(await tickReminders(app)).toBe(0);
  });

  it('is refused with 409 while one is about to leave', async () => {
    const order = await waitingOrder(app, 61);
    await tickReminders(app);
    const { body } = await remind(order).expect(409);
    expect(body).toMatchObject({ status: 409, code: 'reminder_already_queued' });
    await app.drain();

    expect(remindersTo(order)).toBe(1);
  });

  it('is one message for ten impatient clicks', async () => {
    const order = await waitingOrder(app, 61);
    const answers = await Promise.all(Array.from({ length: 10 }, () => remind(order)));
    await app.drain();

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect(remindersTo(order)).toBe(1);
  });

  it.each<[string, string, (order: OrderResponse) => Promise<unknown>]>([
    ['a paid order', 'order_not_pending', (order) => payOrder(app, order)],
    [
      'an order whose payment is under way',
      'payment_processing',
      async (order) => {
        app.doubles.stripe.pay(order.stripeSessionId!, 'sepa');
        await app.doubles.stripe.deliverPending();
      },
    ],
    [
      'a cancelled order',
      'order_not_pending',
      (order) => app.as('admin').post(`/api/orders/${order.id}/cancel`).send({}).expect(200),
    ],
  ])('is refused with 409 for %s (%s)', async (_case, code, happens) => {
    const order = await waitingOrder(app, 61);
    await happens(order);
    const { body } = await remind(order).expect(409);
    expect(body).toMatchObject({ status: 409, code });
    await app.drain();

    expect(remindersTo(order)).toBe(0);
    expect((await readOrder(app, order.id)).reminderSent).toBe(false);
  });

  it('brings a new link when the old one is over', async () => {
    const order = await waitingOrder(app, 61);
    await app.sql(
      `UPDATE checkout_sessions SET expires_at = now() - interval '1 second' WHERE order_id = $1`,
      [order.id],
    );
    const { body } = await remind(order).expect(200);
    await app.drain();

    expect(body.paymentUrl).not.toBe(order.paymentUrl);
    expect(remindersTo(order)).toBe(1);
    const text = whatsappTo(app, order).at(-1)?.body;
    expect(text).toContain(`\n${body.paymentUrl}\n`);
    expect(text).toContain('Ce lien expire dans 23h');
  });

  it('is answered 503 when the link is over and Stripe cannot give another', async () => {
    const order = await waitingOrder(app, 61);
    await app.sql(
      `UPDATE checkout_sessions SET expires_at = now() - interval '1 second' WHERE order_id = $1`,
      [order.id],
    );
    await app.doubles.stripe.down();
    const { body } = await remind(order).expect(503);
    await app.doubles.stripe.up();
    await app.drain();

    expect(body.code).toBe('payment_link_not_ready');
    expect(remindersTo(order)).toBe(0);
    expect((await readOrder(app, order.id)).reminderSent).toBe(false);
  });

  it('is answered 404 for an order that does not exist', async () => {
    const { body } = await remind({ id: '00000000-0000-4000-8000-000000000000' }).expect(404);
    expect(body.code).toBe('order_not_found');
    await remind({ id: 'GC-2026-000001' }).expect(400);
  });

  it('needs the key of an admin', async () => {
    const order = await placeOrder(app);
    await app.http.post(`/api/orders/${order.id}/reminders`).expect(401);
    await remind(order, 'shop').expect(403);
    await remind(order, 'counter').expect(403);
    expect((await readOrder(app, order.id)).reminderSent).toBe(false);
  });
});
