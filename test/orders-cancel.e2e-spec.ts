import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import {
  createRequests,
  expireRequests,
  makeDue,
  messagesOf,
  outliveLink,
  sessionRows,
  sessionsAtStripe,
  stockOf,
} from './support/checkout.js';
import { orderBody, payOrder, placeOrder, readOrder } from './support/factories.js';
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

/** Cancelled once and for all: whatever the word of Stripe that still comes, nothing is done twice. */
async function expectCancelled(order: OrderResponse, reason: string): Promise<void> {
  const check = async () => {
    expect(await readOrder(app, order.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'failed',
      cancelReason: reason,
      paymentUrl: null,
      paymentExpiresAt: null,
      paidAt: null,
    });
    expect(await stockOfOrder(order)).toBe(10);
    const told = await messagesOf(app, order.id);
    expect(told.filter((line) => line.startsWith('order_cancelled'))).toEqual([
      'order_cancelled whatsapp queued',
    ]);
    expect(told.filter((line) => line.startsWith('payment_link_expired'))).toEqual([]);
    expect(sessionsAtStripe(app, order.id).filter(({ status }) => status === 'open')).toEqual([]);
  };
  await check();
  await app.doubles.stripe.deliverPending();
  await makeDue(app, order.id);
  await app.tickCheckout();
  await check();
}

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
    await expectCancelled(order, 'out of production');
  });

  it.each([
    ['no body', undefined],
    ['an empty body', {}],
  ])('takes %s: the shop did it', async (_what, body) => {
    const order = await placeOrder(app);
    await cancel(order.id, body).expect(200);
    await expectCancelled(order, 'cancelled_by_shop');
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
    await expectCancelled(order, 'cancelled_by_shop');
  });

  it('takes a link that has already expired at Stripe', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    await cancel(order.id).expect(200);
    await expectCancelled(order, 'cancelled_by_shop');
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
    await expectCancelled(placed.body, 'cancelled_by_shop');
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
    await expectCancelled(placed.body, 'cancelled_by_shop');
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

describe('a cancellation that Stripe does not answer', () => {
  it('is answered 503, leaves the order waiting without a link, and is finished by the tick', async () => {
    const order = await placeOrder(app);
    await app.doubles.stripe.down();
    const answer = await cancel(order.id, { reason: 'recall' });
    expectProblem(answer, 503, 'payment_provider_unavailable');
    expect(answer.headers['retry-after']).toBe('5');
    expect(await readOrder(app, order.id)).toMatchObject({ status: 'pending', paymentUrl: null });
    expect(await stockOfOrder(order)).toBe(8);
    expectProblem(
      await app.as('shop').post(`/api/orders/${order.id}/checkout-session`),
      409,
      'order_not_pending',
    );
    await makeDue(app, order.id);
    await app.tickCheckout();
    expect((await readOrder(app, order.id)).status).toBe('pending');

    await app.doubles.stripe.up();
    await makeDue(app, order.id);
    await app.tickCheckout();
    await expectCancelled(order, 'recall');
  });

  it('may be repeated by hand', async () => {
    const order = await placeOrder(app);
    await app.doubles.stripe.down();
    expectProblem(await cancel(order.id), 503, 'payment_provider_unavailable');
    expectProblem(await cancel(order.id), 503, 'payment_provider_unavailable');
    await app.doubles.stripe.up();
    await cancel(order.id).expect(200);
    await expectCancelled(order, 'cancelled_by_shop');
  });

  it('is finished although the answer was lost: the link is found ended', async () => {
    const order = await placeOrder(app);
    const expire = { method: 'POST', path: /\/expire$/, times: 3 } as const;
    app.doubles.stripe.faults.add({ ...expire, kind: 'reset', accepted: true });
    expectProblem(await cancel(order.id), 503, 'payment_provider_unavailable');
    app.doubles.stripe.faults.clear();
    expect(statusAtStripe(order)).toBe('expired');
    await makeDue(app, order.id);
    await app.tickCheckout();
    await expectCancelled(order, 'cancelled_by_shop');
    expect(expireRequests(app, order.stripeSessionId!)).toBeGreaterThan(1);
  });

  it('is finished by Stripe’s own word when that comes first, for the shop’s reason', async () => {
    const order = await placeOrder(app);
    await app.doubles.stripe.down();
    await cancel(order.id, { reason: 'recall' });
    await app.doubles.stripe.up();
    app.doubles.stripe.expire(order.stripeSessionId!);
    await app.doubles.stripe.deliverPending();
    await expectCancelled(order, 'recall');
  });
});

describe('a customer who pays while the shop cancels', () => {
  it('has paid: the shop is answered 409 and the order is confirmed by its event', async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    expectProblem(await cancel(order.id), 409, 'order_already_paid');
    expect((await readOrder(app, order.id)).status).toBe('pending');
    await app.tickCheckout();
    await app.doubles.stripe.deliverPending();
    expect(await readOrder(app, order.id)).toMatchObject({
      status: 'confirmed',
      paymentStatus: 'paid',
      cancelReason: null,
    });
    expect(await stockOfOrder(order)).toBe(8);
    expect((await sessionRows(app, order.id)).map(({ status }) => status)).toEqual(['complete']);
  });

  it('has paid while Stripe could not be asked: the tick cancels nothing', async () => {
    const order = await placeOrder(app);
    await app.doubles.stripe.down();
    expectProblem(await cancel(order.id), 503, 'payment_provider_unavailable');
    await app.doubles.stripe.up();
    app.doubles.stripe.pay(order.stripeSessionId!);
    await makeDue(app, order.id);
    await app.tickCheckout();
    expect((await readOrder(app, order.id)).status).toBe('pending');
    await app.doubles.stripe.deliverPending();
    expect((await readOrder(app, order.id)).paymentStatus).toBe('paid');
    expect(await messagesOf(app, order.id)).not.toContain('order_cancelled whatsapp queued');
  });

  it('ends in one of the two, never in both', async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => placeOrder(app)));
    const outcomes = await Promise.all(
      orders.map(async (order, index) => {
        const cancelling = cancel(order.id).then(({ status }) => status);
        for (let turn = 0; turn < index * 10; turn += 1) await new Promise(setImmediate);
        const isOpen = statusAtStripe(order) === 'open';
        if (isOpen) app.doubles.stripe.pay(order.stripeSessionId!);
        return [isOpen, await cancelling] as const;
      }),
    );
    await app.doubles.stripe.deliverPending();
    for (const [index, order] of orders.entries()) {
      const [hasPaid, answered] = outcomes[index]!;
      expect(answered).toBe(hasPaid ? 409 : 200);
      expect(await readOrder(app, order.id)).toMatchObject(
        hasPaid
          ? { status: 'confirmed', paymentStatus: 'paid' }
          : { status: 'cancelled', paymentStatus: 'failed' },
      );
      expect(await stockOfOrder(order)).toBe(hasPaid ? 8 : 10);
    }
    expect(outcomes.some(([hasPaid]) => hasPaid)).toBe(true);
  });
});
