import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import {
  createRequests,
  makeDue,
  outliveLink,
  sessionsAtStripe,
  stockOf,
} from './support/checkout.js';
import { orderBody, payOrder, placeOrder, readOrder } from './support/factories.js';
import { expectNothingDone } from './support/footprint.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.stripe.faults.clear();
  await app.doubles.stripe.up();
});
afterAll(() => app.stop());

const CREATE = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ } as const;

const renew = (id: string) => app.as('shop').post(`/api/orders/${id}/checkout-session`);

const openAtStripe = (order: OrderResponse): string[] =>
  sessionsAtStripe(app, order.id)
    .filter(({ status }) => status === 'open')
    .map(({ id }) => id);

async function withoutLink(): Promise<OrderResponse> {
  app.doubles.stripe.faults.add({ ...CREATE, kind: 'status', status: 400, body: { error: {} } });
  return (
    await app
      .as('shop')
      .post('/api/orders')
      .send(await orderBody(app))
      .expect(202)
  ).body;
}

describe('POST /api/orders/{id}/checkout-session', () => {
  it('answers the link that is open, without asking Stripe', async () => {
    const order = await placeOrder(app);
    const answer = await expectNothingDone(app, async () => renew(order.id));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(order);
  });

  it('answers a new link when the old one has expired, and none but the new one can be paid', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    expect(await readOrder(app, order.id)).toMatchObject({
      status: 'pending',
      paymentUrl: null,
      paymentExpiresAt: null,
    });

    const renewed: OrderResponse = (await renew(order.id).expect(200)).body;
    const session = app.doubles.stripe.session(renewed.stripeSessionId!);
    expect(renewed).toMatchObject({
      status: 'pending',
      paymentStatus: 'pending',
      totalAmount: order.totalAmount,
      paymentUrl: session.url,
      paymentExpiresAt: new Date(session.expires_at * 1_000).toISOString(),
    });
    expect(renewed.paymentUrl).not.toBe(order.paymentUrl);
    expect(openAtStripe(order)).toEqual([renewed.stripeSessionId]);
    const request = createRequests(app, order.id)[1]!;
    expect(request.headers['idempotency-key']).toBe(`cs:${order.id}:2`);
    expect({ ...request.body, expires_at: null }).toEqual({
      ...createRequests(app, order.id)[0]!.body,
      expires_at: null,
    });
    expect(session.expires_at * 1_000).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  it('survives the news that the old link has expired', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    const renewed = (await renew(order.id).expect(200)).body;
    await app.doubles.stripe.deliverPending();
    expect(await readOrder(app, order.id)).toEqual(renewed);
    expect(await stockOf(app, order.items[0]!.sku)).toBe(8);
    expect((await payOrder(app, renewed)).paymentStatus).toBe('paid');
  });

  it('survives that news even when the new link is still to be made', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    await app.doubles.stripe.down();
    expectProblem(await renew(order.id), 503, 'payment_link_not_ready');
    await app.doubles.stripe.deliverPending();
    expect((await readOrder(app, order.id)).status).toBe('pending');
    await app.doubles.stripe.up();
    await renew(order.id).expect(200);
    expect(openAtStripe(order)).toHaveLength(1);
  });

  it('ends the old link at Stripe, whose clock may run behind ours', async () => {
    const order = await placeOrder(app);
    await app.age(order.id, 24 * 60);
    const renewed = (await renew(order.id).expect(200)).body;
    await app.tickCheckout();
    expect(openAtStripe(order)).toEqual([renewed.stripeSessionId]);
    await app.doubles.stripe.deliverPending();
    expect(await readOrder(app, order.id)).toEqual(renewed);
  });

  it('makes the link of an order that has none yet, with the first key', async () => {
    const order = await withoutLink();
    const answer = await renew(order.id).expect(200);
    expect(openAtStripe(order)).toEqual([answer.body.stripeSessionId]);
    const keys = createRequests(app, order.id).map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys)).toEqual(new Set([`cs:${order.id}:1`]));
    await makeDue(app, order.id);
    await app.tickCheckout();
    expect(sessionsAtStripe(app, order.id)).toHaveLength(1);
  });

  it('answers 503 while Stripe is away, and the tick makes the link', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    await app.doubles.stripe.down();
    for (let call = 0; call < 2; call += 1) {
      const answer = await renew(order.id);
      expectProblem(answer, 503, 'payment_link_not_ready');
      expect(answer.headers['retry-after']).toBe('10');
    }
    await app.doubles.stripe.up();
    await makeDue(app, order.id);
    await app.tickCheckout();
    const found = await readOrder(app, order.id);
    expect(openAtStripe(order)).toEqual([found.stripeSessionId]);
    expect((await renew(order.id).expect(200)).body).toEqual(found);
  });

  it('answers 409 for an order that is cancelled', async () => {
    const order = await placeOrder(app);
    await app.as('admin').post(`/api/orders/${order.id}/cancel`).expect(200);
    const answer = await expectNothingDone(app, async () => renew(order.id));
    expectProblem(answer, 409, 'order_not_pending');
  });

  it('answers 409 for an order whose link died unpaid', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    await app.doubles.stripe.deliverPending();
    const answer = await expectNothingDone(app, async () => renew(order.id));
    expectProblem(answer, 409, 'order_not_pending');
  });

  it('answers 409 for an order that is paid', async () => {
    const order = await payOrder(app, await placeOrder(app));
    const answer = await expectNothingDone(app, async () => renew(order.id));
    expectProblem(answer, 409, 'order_not_pending');
  });

  it('answers 409 while a delayed payment is under way', async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!, 'sepa');
    await app.doubles.stripe.deliverPending();
    const answer = await expectNothingDone(app, async () => renew(order.id));
    expectProblem(answer, 409, 'payment_processing');
  });

  it('answers 404 for an order that does not exist', async () => {
    expectProblem(await renew(randomUUID()), 404, 'order_not_found');
  });
});
