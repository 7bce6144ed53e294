import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { expectCancelled } from './support/cancelled.js';
import { createRequests, messagesOf, outliveLink, stockOf } from './support/checkout.js';
import { orderBody, payOrder, placeOrder } from './support/factories.js';
import { expectNothingDone } from './support/footprint.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(async () => {
  app.doubles.stripe.faults.clear();
  await app.doubles.stripe.up();
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const CREATE = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ } as const;

const cancel = (id: string, body?: object, through = app) =>
  through.as('admin').post(`/api/orders/${id}/cancel`).send(body);

const statusAtStripe = (order: OrderResponse) =>
  app.doubles.stripe.session(order.stripeSessionId!).status;

const stockOfOrder = (order: OrderResponse) => stockOf(app, order.items[0]!.sku);

describe('POST /api/orders/{id}/cancel', () => {
  it('ends the link at Stripe, gives the stock back and tells the customer', async () => {
    const order = await placeOrder(app);
    expect(await stockOfOrder(order)).toBe(8);
    const answer = await cancel(order.id, { reason: 'out of production' }).expect(200);
    expect(answer.body).toEqual({
      ...order,
      status: 'cancelled',
      paymentStatus: 'failed',
      cancelReason: 'out of production',
      cancelledAt: answer.body.updatedAt,
      updatedAt: expect.any(String),
      paymentUrl: null,
      paymentExpiresAt: null,
    });
    expect(answer.body.cancelledAt > order.createdAt).toBe(true);
    expect(statusAtStripe(order)).toBe('expired');
    expect(await messagesOf(app, order.id)).toEqual([
      'order_confirmation whatsapp cancelled',
      'order_cancelled whatsapp queued',
    ]);
    await expectCancelled(app, order, 'out of production');
  });

  it.each([
    ['no body', undefined],
    ['an empty body', {}],
  ])('takes %s: the shop did it', async (_what, body) => {
    const order = await placeOrder(app);
    await cancel(order.id, body).expect(200);
    await expectCancelled(app, order, 'cancelled_by_shop');
  });

  it('tells of a cancellation whatever words the shop gives as its reason', async () => {
    const order = await placeOrder(app);
    await cancel(order.id, { reason: 'payment_link_expired' }).expect(200);
    expect(await messagesOf(app, order.id)).toEqual([
      'order_confirmation whatsapp cancelled',
      'order_cancelled whatsapp queued',
    ]);
  });

  it('may be repeated and changes nothing more', async () => {
    const order = await placeOrder(app);
    const first = await cancel(order.id, { reason: 'first' }).expect(200);
    const again = await expectNothingDone(app, async () => cancel(order.id, { reason: 'second' }));
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
  });

  it('cancels once when six calls come at once', async () => {
    const order = await placeOrder(app);
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_none, index) =>
        cancel(order.id, {}, index % 2 === 0 ? app : other),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await expectCancelled(app, order, 'cancelled_by_shop');
  });

  it('takes a link that has already expired at Stripe', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    await cancel(order.id).expect(200);
    await expectCancelled(app, order, 'cancelled_by_shop');
  });

  it('needs no Stripe for an order that has no link yet, and none is made afterwards', async () => {
    await app.doubles.stripe.down();
    const placed = await app
      .as('shop')
      .post('/api/orders')
      .send(await orderBody(app));
    expect(placed.status).toBe(202);
    await cancel(placed.body.id).expect(200);
    await app.doubles.stripe.up();
    await expectCancelled(app, placed.body, 'cancelled_by_shop');
    expect(createRequests(app, placed.body.id)).toEqual([]);
  });

  it('wins against a link that is just being made: it is ended as soon as it exists', async () => {
    app.doubles.stripe.faults.add({ ...CREATE, kind: 'delay', ms: 1_000 });
    const body = await orderBody(app);
    const seen = app.doubles.stripe.requests.length;
    const placing = app
      .as('shop')
      .post('/api/orders')
      .send(body)
      .then((answer) => answer);
    await vi.waitFor(() => expect(app.doubles.stripe.requests).toHaveLength(seen + 1));
    const [row] = await app.sql<{ id: string }>(
      `SELECT id FROM orders ORDER BY created_at DESC LIMIT 1`,
    );
    await cancel(row!.id).expect(200);
    const placed = await placing;
    expect(placed.body).toMatchObject({ id: row!.id, status: 'cancelled', paymentUrl: null });
    await app.tickCheckout();
    await expectCancelled(app, placed.body, 'cancelled_by_shop');
  });

  it('answers 409 for an order that is paid, and leaves it alone', async () => {
    const order = await payOrder(app, await placeOrder(app));
    const answer = await expectNothingDone(app, async () => cancel(order.id));
    expectProblem(answer, 409, 'order_already_paid');
  });

  it('answers 409 while a delayed payment is under way', async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!, 'sepa');
    await app.doubles.stripe.deliverPending();
    const answer = await expectNothingDone(app, async () => cancel(order.id));
    expectProblem(answer, 409, 'payment_processing');
  });

  it('answers 404 for an order that does not exist', async () => {
    expectProblem(await cancel(randomUUID()), 404, 'order_not_found');
  });

  it.each([
    ['a reason of 201 characters', { reason: 'x'.repeat(201) }, ['reason']],
    ['an empty reason', { reason: '' }, ['reason']],
    ['a reason with a line break', { reason: 'a\nb' }, ['reason']],
    ['a reason with a null character', { reason: 'a\u0000' }, ['reason']],
    ['half of a surrogate pair', { reason: '\ud800' }, ['reason']],
    ['a reason that is no text', { reason: 1 }, ['reason']],
    ['an unknown property', { why: 'x' }, ['why']],
  ])('refuses %s', async (_what, body, paths) => {
    const order = await placeOrder(app);
    const answer = await expectNothingDone(app, async () => cancel(order.id, body));
    expectProblem(answer, 400, 'validation_failed', paths);
  });
});
