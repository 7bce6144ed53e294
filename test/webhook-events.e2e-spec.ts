import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from './support/checkout.js';
import { createProduct, placeOrder, readOrder } from './support/factories.js';
import { factsOf } from './support/order-facts.js';
import { deliver, intentEvent, sessionEvent } from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

const PLACED = ['order.placed', 'checkout_session.opened'];

describe('an event of Stripe', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const placed = async () => {
    const { sku } = await createProduct(app);
    const order = await placeOrder(app, {
      customer: { email: 'aline@garage.example' },
      items: [{ sku, quantity: 2 }],
    });
    return { order, sku, sessionId: order.stripeSessionId! };
  };

  it('is answered 200 {received: true}', async () => {
    const { sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    const [attempt] = await app.doubles.stripe.deliver(completed);
    expect(attempt!.status).toBe(200);
    expect(JSON.parse(attempt!.body)).toEqual({ received: true });
  });

  it('checkout.session.completed pays the order: payment, pass, thanks, QR, no request for money left', async () => {
    const { order, sku, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    expect(await deliver(app, completed)).toEqual([200]);

    expect(await factsOf(app, order.id)).toEqual({
      state: 'confirmed/paid',
      sessionId,
      cancelReason: null,
      payments: [
        {
          intent: app.doubles.stripe.paymentIntentOf(sessionId).id,
          session: sessionId,
          amount: 25_990,
          refunded: 0,
          currency: 'eur',
        },
      ],
      sessions: ['1 complete'],
      timeline: [...PLACED, 'order.confirmed'],
      messages: [
        'order_confirmation email cancelled',
        'order_confirmation whatsapp cancelled',
        'payment_thank_you email queued',
        'payment_thank_you whatsapp queued',
        'pickup_qr whatsapp queued',
      ],
      reviews: [],
      passes: 1,
      events: ['checkout.session.completed applied payment_confirmed'],
    });
    expect(await stockOf(app, sku)).toBe(8);
    const after = await readOrder(app, order.id);
    expect(after).toMatchObject({ status: 'confirmed', paymentUrl: null, paymentExpiresAt: null });
    expect(Date.parse(String(after.paidAt))).toBeGreaterThanOrEqual(
      Date.parse(String(order.createdAt)),
    );
  });

  it('is kept in the inbox with its type, object, version, mode and time', async () => {
    const { order, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    await deliver(app, completed);
    const [row] = await app.sql(
      `SELECT type, object_id, api_version, livemode, outcome, reason, order_id,
              extract(epoch FROM created_at)::int AS created
         FROM stripe_events WHERE id = $1`,
      [completed.id],
    );
    expect(row).toEqual({
      type: 'checkout.session.completed',
      object_id: sessionId,
      api_version: '2026-10-28.endive',
      livemode: false,
      outcome: 'applied',
      reason: 'payment_confirmed',
      order_id: order.id,
      created: completed.created,
    });
  });

  it('checkout.session.expired cancels the order, frees its stock and tells the customer', async () => {
    const { order, sku, sessionId } = await placed();
    expect(await stockOf(app, sku)).toBe(8);
    app.doubles.stripe.expire(sessionId);
    expect(await deliver(app, sessionEvent(app, 'checkout.session.expired', sessionId))).toEqual([
      200,
    ]);

    expect(await factsOf(app, order.id)).toEqual({
      state: 'cancelled/failed',
      sessionId,
      cancelReason: 'payment_link_expired',
      payments: [],
      sessions: ['1 expired'],
      timeline: [...PLACED, 'order.expired'],
      messages: [
        'order_confirmation email cancelled',
        'order_confirmation whatsapp cancelled',
        'payment_link_expired whatsapp queued',
      ],
      reviews: [],
      passes: 0,
      events: ['checkout.session.expired applied order_cancelled'],
    });
    expect(await stockOf(app, sku)).toBe(10);
    expect((await readOrder(app, order.id)).cancelledAt).not.toBeNull();
  });

  it('payment_intent.succeeded alone pays the order too', async () => {
    const { order, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    const succeeded = intentEvent(app, 'payment_intent.succeeded', sessionId);
    expect(await deliver(app, succeeded)).toEqual([200]);

    expect(await factsOf(app, order.id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ intent: succeeded.data.object.id, amount: 25_990, currency: 'eur' }],
      timeline: [...PLACED, 'order.confirmed'],
      passes: 1,
      events: ['payment_intent.succeeded applied payment_confirmed'],
    });
  });

  it('payment_intent.payment_failed leaves the order waiting, its link open, and a line in the timeline', async () => {
    const { order, sku, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId, '4000000000009995');
    const failed = intentEvent(app, 'payment_intent.payment_failed', sessionId);
    expect(await deliver(app, failed)).toEqual([200]);

    expect(await factsOf(app, order.id)).toEqual({
      state: 'pending/pending',
      sessionId,
      cancelReason: null,
      payments: [],
      sessions: ['1 open'],
      timeline: [...PLACED, 'payment.declined'],
      messages: ['order_confirmation email queued', 'order_confirmation whatsapp queued'],
      reviews: [],
      passes: 0,
      events: ['payment_intent.payment_failed applied payment_declined'],
    });
    expect(await stockOf(app, sku)).toBe(8);
    const { body } = await app.as('admin').get(`/api/orders/${order.id}/timeline`).expect(200);
    expect(
      body.data.find(({ type }: { type: string }) => type === 'payment.declined').data,
    ).toEqual({ paymentIntentId: failed.data.object.id, reason: 'insufficient_funds' });
    expect((await readOrder(app, order.id)).paymentUrl).toBe(order.paymentUrl);
  });

  it('lets a customer whose card was declined pay with another one', async () => {
    const { order, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId, '4000000000000002');
    await app.doubles.stripe.deliverPending();
    app.doubles.stripe.pay(sessionId);
    await app.doubles.stripe.deliverPending();
    const { state, timeline, payments } = await factsOf(app, order.id);
    expect(state).toBe('confirmed/paid');
    expect(timeline).toEqual([...PLACED, 'payment.declined', 'order.confirmed']);
    expect(payments).toHaveLength(1);
  });

  it('payment_intent.canceled is noted while the order waits, and cancels nothing', async () => {
    const { order, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId, '4000000000000002');
    app.doubles.stripe.expire(sessionId);
    const canceled = intentEvent(app, 'payment_intent.canceled', sessionId);
    expect(await deliver(app, canceled)).toEqual([200]);

    expect(await factsOf(app, order.id)).toMatchObject({
      state: 'pending/pending',
      sessions: ['1 open'],
      timeline: [...PLACED, 'payment.canceled'],
      events: ['payment_intent.canceled applied payment_canceled'],
    });
  });

  it('charge.refunded in full ends the payment and leaves the order as the history it is', async () => {
    const { order, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    await app.doubles.stripe.deliverPending();
    app.doubles.stripe.refund(app.doubles.stripe.paymentIntentOf(sessionId).id);
    const refunded = app.doubles.stripe.eventsOf('charge.refunded').at(-1)!;
    expect(await deliver(app, refunded)).toEqual([200]);

    const { state, payments, timeline, events } = await factsOf(app, order.id);
    expect(state).toBe('confirmed/refunded');
    expect(payments).toMatchObject([{ amount: 25_990, refunded: 25_990 }]);
    expect(timeline).toEqual([...PLACED, 'order.confirmed', 'payment.refunded']);
    expect(events.at(-1)).toBe('charge.refunded applied payment_refunded');
  });

  it('charge.dispute.created asks for a person and takes nothing back by itself', async () => {
    const { order, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId, '4000000000000259');
    await app.doubles.stripe.deliverPending();
    const disputed = app.doubles.stripe.eventsOf('charge.dispute.created').at(-1)!;

    const facts = await factsOf(app, order.id);
    expect(facts).toMatchObject({
      state: 'confirmed/paid',
      timeline: [...PLACED, 'order.confirmed', 'payment.review'],
      passes: 1,
      reviews: [
        {
          reason: 'disputed',
          object: disputed.data.object.id,
          event: disputed.id,
          expected: 25_990,
          amount: 25_990,
          currency: 'eur',
        },
      ],
    });
    expect(facts.events.at(-1)).toBe('charge.dispute.created review disputed');
  });
});
