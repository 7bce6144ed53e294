import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from '../support/checkout.js';
import { createProduct, placeOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { titlesTo, whatsappTo } from '../support/outbox.js';
import { imagePathOf, pickupTokenOf } from '../support/pickup-codes.js';
import {
  askRefund,
  expectMoneyConserved,
  refundRequests,
  refundRows,
  refundsAtStripe,
} from '../support/refunds.js';
import { deliver, deliverWith, intentEvent, sessionEvent, told } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(() => expectMoneyConserved(app));
afterAll(() => app.stop());

const LATE = '💳 PAIEMENT REÇU, COMMANDE ANNULÉE';
const SECOND = '💳 SECOND PAIEMENT REÇU';
const REFUNDED = '💶 REMBOURSEMENT DE 259,90 €';

const completed = (sessionId: string) => sessionEvent(app, 'checkout.session.completed', sessionId);
const moneyTitles = (order: Parameters<typeof titlesTo>[1]) =>
  titlesTo(app, order).filter((title) => title.startsWith('💳') || title.startsWith('💶'));
const openReviews = (id: string) =>
  app.sql<{ reason: string }>(
    `SELECT reason FROM payment_reviews WHERE order_id = $1 AND resolved_at IS NULL`,
    [id],
  );

describe('C10 a payment that comes when its order is cancelled', () => {
  /** Paid in the second before it was cancelled, told after; the tyres went to somebody else. */
  const paidTooLate = async ({ stockIsGone = true } = {}) => {
    const product = await createProduct(app, { stock: 2 });
    const items = [{ sku: product.sku, quantity: 2 }];
    const order = await placeOrder(app, { items });
    await app.sql(
      `UPDATE orders SET status = 'cancelled', payment_status = 'failed',
                          cancelled_at = now(), cancel_reason = 'payment_link_expired' WHERE id = $1`,
      [order.id],
    );
    await app.sql(`UPDATE products SET stock = 2 WHERE sku = $1`, [product.sku]);
    if (stockIsGone) await placeOrder(app, { items });
    app.doubles.stripe.pay(order.stripeSessionId!);
    const { id: intentId } = app.doubles.stripe.paymentIntentOf(order.stripeSessionId!);
    return { order, id: order.id, sku: product.sku, sessionId: order.stripeSessionId!, intentId };
  };

  it('revives it when its stock can still be had', async () => {
    const { id, sku, sessionId } = await paidTooLate({ stockIsGone: false });
    expect(await deliver(app, completed(sessionId))).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({ state: 'confirmed/paid', reviews: [] });
    expect(await stockOf(app, sku)).toBe(0);
  });

  it('is recorded for a person, and the customer is told once', async () => {
    const { id, order, sessionId, intentId } = await paidTooLate();
    const paid = completed(sessionId);
    await deliverWith(app, paid, { times: 4, concurrently: true });
    await deliver(app, told(paid), intentEvent(app, 'payment_intent.succeeded', sessionId));
    expect(await factsOf(app, id)).toMatchObject({
      state: 'cancelled/failed',
      payments: [],
      passes: 0,
      reviews: [{ reason: 'paid_after_cancel', object: intentId, amount: 25_990, currency: 'eur' }],
    });
    await app.drain();
    expect(moneyTitles(order)).toEqual([LATE]);
    const { body } = whatsappTo(app, order).at(-1)!;
    expect(body).toContain('259,90 €');
    expect(body).toContain(order.orderNumber);
    // Nothing is given back by itself.
    expect(refundsAtStripe(app, intentId)).toEqual([]);
  });

  it('is given back once, under its own key, and is then nobody’s business any more', async () => {
    const { id, order, sessionId, intentId } = await paidTooLate();
    await deliver(app, completed(sessionId));
    expect((await askRefund(app, id).expect(409)).body.code).toBe('order_not_paid');
    const body = { paymentIntentId: intentId };
    app.doubles.stripe.faults.add({ path: /refunds$/, kind: 'delay', ms: 4_000 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => askRefund(app, id, body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await askRefund(app, id, body).expect(409)).body.code).toBe('already_refunded');
    expect(refundRequests(app, intentId).map(({ headers }) => headers['idempotency-key'])).toEqual([
      `refund:${intentId}`,
    ]);
    expect(refundsAtStripe(app, intentId)).toEqual([25_990]);
    expect(await openReviews(id)).toEqual([]);
    await app.doubles.stripe.deliverPending();
    await app.drain();
    expect(moneyTitles(order)).toEqual([LATE, REFUNDED]);
    expect((await factsOf(app, id)).reviews).toHaveLength(1);
    expect(await refundRows(app, id)).toEqual([`25990 succeeded refund:${intentId}`]);
  });

  it('is settled as well when it is given back in Stripe’s dashboard', async () => {
    const { id, order, sessionId, intentId } = await paidTooLate();
    await deliver(app, completed(sessionId));
    app.doubles.stripe.refund(intentId, 5_990);
    app.doubles.stripe.refund(intentId);
    const [part, whole] = app.doubles.stripe.eventsOf('charge.refunded').slice(-2);
    await deliver(app, part!, told(part!));
    expect(await openReviews(id)).toEqual([{ reason: 'paid_after_cancel' }]);
    await deliver(app, whole!, told(whole!), told(part!));
    expect(await openReviews(id)).toEqual([]);
    await app.drain();
    expect(moneyTitles(order)).toEqual([
      LATE,
      '💶 REMBOURSEMENT DE 59,90 €',
      '💶 REMBOURSEMENT DE 200,00 €',
    ]);
  });

  it('and is told only after it was given back leaves nothing to decide', async () => {
    const { id, order, sessionId, intentId } = await paidTooLate();
    app.doubles.stripe.refund(intentId);
    const refunded = app.doubles.stripe.eventsOf('charge.refunded').at(-1)!;
    await deliver(app, refunded, completed(sessionId), told(refunded));
    expect(await openReviews(id)).toEqual([]);
    await app.drain();
    expect(moneyTitles(order)).toEqual([REFUNDED]);
  });
});

describe('C11 an order that is paid through two sessions', () => {
  const paidTwice = async () => {
    const order = await placeOrder(app);
    await app.age(order.id, 1_441);
    const renewed = await app.as('shop').post(`/api/orders/${order.id}/checkout-session`).send({});
    const [first, second] = [order.stripeSessionId!, renewed.body.stripeSessionId as string];
    app.doubles.stripe.pay(first);
    app.doubles.stripe.pay(second);
    const { id: intentId } = app.doubles.stripe.paymentIntentOf(second);
    return { order, id: order.id, first, second, intentId };
  };

  it('keeps the first and shows the second to a person; the customer is told once', async () => {
    const { id, order, first, second, intentId } = await paidTwice();
    await deliver(app, completed(first));
    await Promise.all([
      deliverWith(app, completed(second), { times: 4, concurrently: true }),
      deliver(app, told(completed(second)), intentEvent(app, 'payment_intent.succeeded', second)),
    ]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ session: first, amount: 25_990, refunded: 0 }],
      reviews: [{ reason: 'second_payment', object: intentId, amount: 25_990 }],
    });
    await app.drain();
    expect(moneyTitles(order)).toEqual([SECOND]);
    expect(refundsAtStripe(app, intentId)).toEqual([]);
  });

  it('gives the second back by its payment intent; the first and its code stay', async () => {
    const { id, order, first, second, intentId } = await paidTwice();
    await deliver(app, completed(first), completed(second));
    const { body } = await askRefund(app, id, { paymentIntentId: intentId }).expect(201);
    expect(body).toMatchObject({ paymentIntentId: intentId, amount: 25_990, status: 'succeeded' });
    expect(await openReviews(id)).toEqual([]);
    await app.doubles.stripe.deliverPending();
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ session: first, refunded: 0 }],
      reviews: [{ reason: 'second_payment' }],
    });
    await app.drain();
    expect(moneyTitles(order)).toEqual([SECOND, REFUNDED]);
    expect(whatsappTo(app, order).at(-1)!.body).not.toContain('QR');
    await app.http.get(await imagePathOf(app, id)).expect(200);
    const token = await pickupTokenOf(app, id);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
    // The order's own money is still there to be given back.
    await askRefund(app, id, { amount: 25_990 }).expect(201);
    await app.doubles.stripe.deliverPending();
  });

  it('loses sight of neither when both are told at the same instant', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { id, first, second } = await paidTwice();
      await Promise.all([deliver(app, completed(first)), deliver(app, completed(second))]);
      const { state, payments, reviews } = await factsOf(app, id);
      expect({ state, payments: payments.length, reviews: reviews.length }).toEqual({
        state: 'confirmed/paid',
        payments: 1,
        reviews: 1,
      });
      const held = reviews[0]!.object;
      await askRefund(app, id, { paymentIntentId: held }).expect(201);
      expect(refundsAtStripe(app, held)).toEqual([25_990]);
      expect(await openReviews(id)).toEqual([]);
      await app.doubles.stripe.deliverPending();
    }
  });
});
