import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from '../support/checkout.js';
import { placeOrder, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { titlesTo } from '../support/outbox.js';
import {
  askRefund,
  expectMoneyConserved,
  paidOrder,
  refundRequests,
  refundRows,
  refundsAtStripe,
} from '../support/refunds.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(() => expectMoneyConserved(app));
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const REFUNDED = '💶 REMBOURSEMENT DE 259,90 €';

describe('C15 a refund that is asked for', () => {
  it('gives everything back, returns the stock, and is told once', async () => {
    const { id, sku, intentId, order } = await paidOrder(app);
    const { body, headers } = await askRefund(app, id).expect(201);
    expect(body).toMatchObject({
      orderId: id,
      paymentIntentId: intentId,
      amount: 25_990,
      currency: 'eur',
      status: 'succeeded',
      reason: null,
    });
    expect(headers['location']).toBe(`/api/orders/${id}/refunds/${body.id}`);
    expect((await readOrder(app, id)).paymentStatus).toBe('refunded');
    // Stripe's own event says the same once more.
    await app.doubles.stripe.deliverPending();
    await app.drain();
    expect(await stockOf(app, sku)).toBe(10);
    expect(titlesTo(app, order).filter((title) => title.includes('REMBOURSEMENT'))).toEqual([
      REFUNDED,
    ]);
    const admin = app.as('admin');
    const read = await admin.get(headers['location'] as string).expect(200);
    expect(read.body).toEqual(body);
    const list = await admin.get(`/api/orders/${id}/refunds`).expect(200);
    expect(list.body).toEqual({ data: [body], nextCursor: null });
  });

  it('a second time is answered 409, and Stripe is not asked', async () => {
    const { id, intentId } = await paidOrder(app);
    await askRefund(app, id).expect(201);
    for (const again of [{}, { amount: 1 }, { paymentIntentId: intentId }]) {
      expect((await askRefund(other, id, again).expect(409)).body.code).toBe('already_refunded');
    }
    expect(refundRequests(app, intentId)).toHaveLength(1);
    await app.doubles.stripe.deliverPending();
  });

  it.each([{}, { amount: 5_990 }])(
    'ten times at the same instant over two instances (%o) is one refund',
    async (body) => {
      const { id, intentId } = await paidOrder(app);
      // All ten are decided before Stripe's first answer.
      app.doubles.stripe.faults.add({ path: /refunds$/, kind: 'delay', ms: 4_000 });
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_unused, index) =>
          askRefund(index % 2 ? app : other, id, body),
        ),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
      const codes = new Set(
        answers.filter(({ status }) => status === 409).map((one) => one.body.code),
      );
      expect([...codes]).toEqual(['refund_in_progress']);
      expect(refundsAtStripe(app, intentId)).toEqual([body.amount ?? 25_990]);
      expect(refundRequests(app, intentId)).toHaveLength(1);
      await app.doubles.stripe.deliverPending();
      expect((await factsOf(app, id)).payments).toMatchObject([
        { refunded: body.amount ?? 25_990 },
      ]);
    },
  );

  it('with one Idempotency-Key is one refund, however often; the key serves nothing else', async () => {
    const { id, intentId } = await paidOrder(app);
    const [key, part] = [randomUUID(), { amount: 990 }];
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_unused, index) =>
        askRefund(index % 2 ? app : other, id, part, key),
      ),
    );
    answers.push(await askRefund(app, id, part, key).expect(200));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(refundsAtStripe(app, intentId)).toEqual([990]);

    const another = await paidOrder(app);
    for (const [orderId, body] of [
      [id, { amount: 991 }],
      [id, {}],
      [another.id, part],
    ] as const) {
      const { body: problem } = await askRefund(app, orderId, body, key).expect(422);
      expect(problem.code).toBe('idempotency_key_reused');
    }
    expect((await askRefund(app, id, {}, 'not a key').expect(400)).body.code).toBe(
      'invalid_idempotency_key',
    );
    await app.doubles.stripe.deliverPending();
  });

  it('in parts goes up to what was paid and no further', async () => {
    const { id, sku, intentId } = await paidOrder(app);
    await askRefund(app, id, { amount: 20_000 }).expect(201);
    const { body } = await askRefund(app, id, { amount: 5_991 }).expect(409);
    expect(body).toMatchObject({ code: 'refund_exceeds_payment', refundableAmount: 5_990 });
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/partially_refunded',
      payments: [{ refunded: 20_000 }],
    });
    expect(await stockOf(app, sku)).toBe(8);
    // Nothing said: all that is left.
    expect((await askRefund(app, id).expect(201)).body.amount).toBe(5_990);
    expect(refundsAtStripe(app, intentId)).toEqual([20_000, 5_990]);
    expect(await refundRows(app, id)).toEqual([
      `20000 succeeded refund:${intentId}`,
      `5990 succeeded refund:${intentId}:2`,
    ]);
    expect(await stockOf(app, sku)).toBe(10);
    await app.doubles.stripe.deliverPending();
    expect((await factsOf(app, id)).messages.slice(-2)).toEqual([
      'payment_refunded whatsapp queued',
      'payment_refunded whatsapp queued',
    ]);
  });

  it('of what was never paid is answered 409, of what is not there 404', async () => {
    const unpaid = await placeOrder(app);
    expect((await askRefund(app, unpaid.id).expect(409)).body.code).toBe('order_not_paid');
    const { id } = await paidOrder(app);
    const elsewhere = await paidOrder(app);
    for (const paymentIntentId of ['pi_unknown', elsewhere.intentId]) {
      const { body } = await askRefund(app, id, { paymentIntentId }).expect(404);
      expect(body.code).toBe('payment_not_found');
    }
    expect((await askRefund(app, randomUUID()).expect(404)).body.code).toBe('order_not_found');
    const admin = app.as('admin');
    await admin.get(`/api/orders/${id}/refunds/${randomUUID()}`).expect(404);
    await admin.get(`/api/orders/${randomUUID()}/refunds`).expect(404);
  });

  it.each([
    { amount: 0 },
    { amount: -1 },
    { amount: 1.5 },
    { amount: '100' },
    { amount: null },
    { amount: 1e12 },
    { paymentIntentId: 'cs_1' },
    { paymentIntentId: null },
    { reason: 'x' },
  ])('as %o is answered 400', async (body) => {
    const { id, intentId } = await paidOrder(app);
    expect((await askRefund(app, id, body).expect(400)).body.code).toBe('validation_failed');
    expect(refundRequests(app, intentId)).toEqual([]);
  });
});
