import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { expectCancelled } from '../support/cancelled.js';
import { expireRequests, makeDue, messagesOf, sessionRows, stockOf } from '../support/checkout.js';
import { placeOrder, readOrder } from '../support/factories.js';
import { expectProblem } from '../support/problems.js';
import { aboutSession, deliver } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.stripe.faults.clear();
  await app.doubles.stripe.up();
});
afterAll(() => app.stop());

const cancel = (id: string, body?: object) =>
  app.as('admin').post(`/api/orders/${id}/cancel`).send(body);

const statusAtStripe = (order: OrderResponse) =>
  app.doubles.stripe.session(order.stripeSessionId!).status;

const stockOfOrder = (order: OrderResponse) => stockOf(app, order.items[0]!.sku);

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
    await expectCancelled(app, order, 'recall');
  });

  it('is given up when money was promised through another link meanwhile', async () => {
    const order = await placeOrder(app);
    await app.doubles.stripe.down();
    expectProblem(await cancel(order.id), 503, 'payment_provider_unavailable');
    const elsewhere = { id: 'cs_test_elsewhere', payment_status: 'unpaid', status: 'complete' };
    await deliver(
      app,
      aboutSession(app, 'checkout.session.completed', order.stripeSessionId!, elsewhere as object),
    );
    await app.doubles.stripe.up();
    await makeDue(app, order.id);
    await app.tickCheckout();
    expect(statusAtStripe(order)).toBe('expired');
    expect(await readOrder(app, order.id)).toMatchObject({
      status: 'pending',
      paymentStatus: 'processing',
    });
    expect(await stockOfOrder(order)).toBe(8);
    expectProblem(await cancel(order.id), 409, 'payment_processing');
  });

  it('may be repeated by hand', async () => {
    const order = await placeOrder(app);
    await app.doubles.stripe.down();
    expectProblem(await cancel(order.id), 503, 'payment_provider_unavailable');
    expectProblem(await cancel(order.id), 503, 'payment_provider_unavailable');
    await app.doubles.stripe.up();
    await cancel(order.id).expect(200);
    await expectCancelled(app, order, 'cancelled_by_shop');
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
    await expectCancelled(app, order, 'cancelled_by_shop');
    expect(expireRequests(app, order.stripeSessionId!)).toBeGreaterThan(1);
  });

  it('is finished by Stripe’s own word when that comes first, for the shop’s reason', async () => {
    const order = await placeOrder(app);
    await app.doubles.stripe.down();
    await cancel(order.id, { reason: 'recall' });
    await app.doubles.stripe.up();
    app.doubles.stripe.expire(order.stripeSessionId!);
    await app.doubles.stripe.deliverPending();
    await expectCancelled(app, order, 'recall');
  });
});

describe('C9 a customer who pays while the shop cancels', () => {
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
