import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TimelineEntryResponse } from '../src/orders/dto/timeline.response.js';
import { makeDue, outliveLink } from './support/checkout.js';
import { payOrder, placeOrder } from './support/factories.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

async function timelineOf(orderId: string): Promise<TimelineEntryResponse[]> {
  const { body } = await app.as('admin').get(`/api/orders/${orderId}/timeline`).expect(200);
  expect(Object.keys(body)).toEqual(['data', 'nextCursor']);
  expect(body.nextCursor).toBeNull();
  const entries = body.data as TimelineEntryResponse[];
  for (const entry of entries) expect(Object.keys(entry)).toEqual(['at', 'type', 'data']);
  const instants = entries.map(({ at }) => String(at));
  expect(instants).toEqual(instants.toSorted());
  return entries;
}

const typesOf = (entries: readonly TimelineEntryResponse[]) => entries.map(({ type }) => type);

describe('GET /api/orders/{id}/timeline', () => {
  it('tells the life of an order that is paid, oldest first', async () => {
    const order = await placeOrder(app, { customer: { email: 'aline@example.com' } });
    await app.drain();
    const paid = await payOrder(app, order);
    const entries = await timelineOf(order.id);
    expect(typesOf(entries)).toEqual([
      'order.placed',
      'checkout_session.opened',
      'message.order_confirmation',
      'message.order_confirmation',
      'order.confirmed',
      'message.payment_thank_you',
      'message.payment_thank_you',
      'message.pickup_qr',
    ]);
    expect(entries[0]).toEqual({
      at: order.createdAt,
      type: 'order.placed',
      data: { totalAmount: 25_990, currency: 'eur' },
    });
    expect(entries[1]!.data).toEqual({
      stripeSessionId: order.stripeSessionId,
      expiresAt: order.paymentExpiresAt,
    });
    expect(entries[2]!.data).toMatchObject({ channel: 'email', status: 'sent' });
    expect(entries[2]!.data['sentAt']).toMatch(/^\d{4}-/);
    expect(entries[3]!.data).toMatchObject({ channel: 'whatsapp', status: 'sent' });
    expect(entries[4]!.at).toBe(paid.paidAt);
    expect(entries[4]!.data).toMatchObject({ amount: 25_990, currency: 'eur' });
    expect(entries[7]!.data).toMatchObject({ channel: 'whatsapp', status: 'queued' });
  });

  it('tells why an order was cancelled, once', async () => {
    const order = await placeOrder(app);
    const cancel = () =>
      app
        .as('admin')
        .post(`/api/orders/${order.id}/cancel`)
        .send({ reason: 'out of production' })
        .expect(200);
    await cancel();
    await cancel();
    await app.doubles.stripe.deliverPending();
    const entries = await timelineOf(order.id);
    expect(typesOf(entries)).toEqual([
      'order.placed',
      'checkout_session.opened',
      'message.order_confirmation',
      'order.cancelled',
      'message.order_cancelled',
    ]);
    expect(entries[2]!.data).toMatchObject({ status: 'cancelled' });
    expect(entries[3]!.data).toEqual({ reason: 'out of production' });
  });

  it('tells that a link was renewed, then died', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    const renewed = await app.as('shop').post(`/api/orders/${order.id}/checkout-session`);
    await outliveLink(app, renewed.body);
    await makeDue(app, order.id);
    await app.doubles.stripe.deliverPending();
    expect(typesOf(await timelineOf(order.id))).toEqual([
      'order.placed',
      'checkout_session.opened',
      'message.order_confirmation',
      'checkout_session.opened',
      'order.expired',
      'message.payment_link_expired',
    ]);
  });

  it('holds no address, number, name or link of the customer', async () => {
    const order = await placeOrder(app, { customer: { email: 'aline@example.com' } });
    await app.drain();
    const text = JSON.stringify(await timelineOf((await payOrder(app, order)).id));
    for (const secret of ['aline@', order.customer.phoneNumber, 'Moreau', order.paymentUrl!]) {
      expect(text).not.toContain(secret);
    }
  });

  it('answers 404 for an order that does not exist', async () => {
    const answer = await app.as('admin').get(`/api/orders/${randomUUID()}/timeline`);
    expectProblem(answer, 404, 'order_not_found');
  });
});
