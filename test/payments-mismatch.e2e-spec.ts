import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder, placeOrder } from './support/factories.js';
import { linesOf } from './support/log-lines.js';
import { factsOf } from './support/order-facts.js';
import { askRefund } from './support/refunds.js';
import { tickReminders } from './support/reminders.js';
import { aboutIntent, aboutSession, deliver, told } from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

describe('a payment that is not what the order asked for', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const paidAtStripe = async () => {
    const order = await placeOrder(app);
    const sessionId = order.stripeSessionId!;
    app.doubles.stripe.pay(sessionId);
    return { id: order.id, sessionId, intentId: app.doubles.stripe.paymentIntentOf(sessionId).id };
  };

  const openReviews = (id: string) =>
    app.sql(`SELECT FROM payment_reviews WHERE order_id = $1 AND resolved_at IS NULL`, [id]);

  const CASES: [string, string, Partial<Stripe.Checkout.Session>][] = [
    ['a cent too little', 'amount_mismatch', { amount_total: 25_989 }],
    ['a cent too much', 'amount_mismatch', { amount_total: 25_991 }],
    ['a hundredth of it', 'amount_mismatch', { amount_total: 260 }],
    ['nothing', 'amount_mismatch', { amount_total: 0 }],
    ['no amount at all', 'amount_mismatch', { amount_total: null }],
    ['another currency', 'currency_mismatch', { currency: 'usd' }],
    ['its currency in capitals', 'currency_mismatch', { currency: 'EUR' }],
    ['no currency', 'currency_mismatch', { currency: null }],
    [
      'another amount and another currency',
      'currency_mismatch',
      { amount_total: 1, currency: 'usd' },
    ],
    [
      'the word that none was required',
      'payment_not_required',
      { payment_status: 'no_payment_required', payment_intent: null },
    ],
    ['the word paid, without a payment', 'payment_not_required', { payment_intent: null }],
  ];

  it.each(CASES)('(%s) goes to a person: %s', async (_what, reason, changes) => {
    const { id, sessionId, intentId } = await paidAtStripe();
    const event = aboutSession(app, 'checkout.session.completed', sessionId, changes);
    expect(await deliver(app, event)).toEqual([200]);

    const expected = {
      reason,
      object: changes.payment_intent === null ? sessionId : intentId,
      event: event.id,
      expected: 25_990,
      amount: event.data.object.amount_total,
      currency: event.data.object.currency,
    };
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/pending',
      payments: [],
      reviews: [expected],
      // The customer is done with this session, whatever becomes of the money.
      sessions: ['1 complete'],
      timeline: ['order.placed', 'checkout_session.opened', 'payment.review'],
      passes: 0,
      events: [`checkout.session.completed review ${reason}`],
    });
    expect(linesOf(app, 'payment.review')).toContainEqual(
      expect.objectContaining({ level: 'error', orderId: id, reason }),
    );
  });

  it('is held against the order when the payment itself says it', async () => {
    const { id, sessionId, intentId } = await paidAtStripe();
    const succeeded = aboutIntent(app, 'payment_intent.succeeded', sessionId, {
      amount_received: 100,
    });
    expect(await deliver(app, succeeded)).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/pending',
      payments: [],
      reviews: [{ reason: 'amount_mismatch', object: intentId, amount: 100 }],
    });
  });

  it('is one review, however often it is told', async () => {
    const { id, sessionId } = await paidAtStripe();
    const event = aboutSession(app, 'checkout.session.completed', sessionId, { amount_total: 1 });
    expect(await deliver(app, event, event, told(event), told(event))).toEqual(Array(4).fill(200));
    const { reviews, timeline } = await factsOf(app, id);
    expect(reviews).toHaveLength(1);
    expect(timeline.filter((type) => type === 'payment.review')).toHaveLength(1);
  });

  it('is no dead end: the shop can cancel the order, or have it paid once more', async () => {
    for (const way of ['cancel', 'checkout-session'] as const) {
      const { id, sessionId } = await paidAtStripe();
      await deliver(
        app,
        aboutSession(app, 'checkout.session.completed', sessionId, { amount_total: 1 }),
      );
      const { body } = await app.as('admin').post(`/api/orders/${id}/${way}`).send({}).expect(200);
      if (way === 'cancel') expect(body.status).toBe('cancelled');
      else expect((await payOrder(app, body)).paymentStatus).toBe('paid');
    }
  });

  it('can be given back by its payment intent, and needs nobody then', async () => {
    const { id, sessionId, intentId } = await paidAtStripe();
    await deliver(
      app,
      aboutSession(app, 'checkout.session.completed', sessionId, { currency: 'usd' }),
    );
    const { body } = await askRefund(app, id, { paymentIntentId: intentId }).expect(201);
    expect(body).toMatchObject({ amount: 25_990, status: 'succeeded' });
    expect(await openReviews(id)).toEqual([]);
    expect((await factsOf(app, id)).state).toBe('pending/pending');
  });

  it('whose sum Stripe never told is given back by the sum a person names', async () => {
    const { id, sessionId, intentId } = await paidAtStripe();
    await deliver(
      app,
      aboutSession(app, 'checkout.session.completed', sessionId, { amount_total: null }),
    );
    const money = { paymentIntentId: intentId };
    expect((await askRefund(app, id, money).expect(409)).body.code).toBe('captured_amount_unknown');
    await askRefund(app, id, { ...money, amount: 5_990 }).expect(201);
    // Its answer has told how much there was.
    expect(await openReviews(id)).toHaveLength(1);
    expect((await askRefund(app, id, money).expect(201)).body.amount).toBe(20_000);
    expect(await openReviews(id)).toEqual([]);
  });

  it('sends the customer no thanks, no QR and no further request for money', async () => {
    const { id, sessionId } = await paidAtStripe();
    await app.drain();
    const before = app.doubles.twilio.messages.length;
    const event = aboutSession(app, 'checkout.session.completed', sessionId, { amount_total: 1 });
    await deliver(app, event);
    await app.age(id, 90);
    expect(await tickReminders(app)).toBe(0);
    await app.drain();
    expect(app.doubles.twilio.messages).toHaveLength(before);
  });
});
