import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeDue, sessionsAtStripe, stockOf } from '../support/checkout.js';
import { aPhone, createProduct, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { aboutSession, deliver, intentEvent, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const CREATE = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ } as const;

/** Stripe has made the session and its answer is still on its way to us. */
describe('W22 an event of a session that we do not know yet', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  /** An order whose create call hangs after Stripe took it. `answer` lets the answer through. */
  const inTheMaking = async () => {
    const { stripe } = app.doubles;
    const { sku } = await createProduct(app);
    const known = new Set(stripe.allSessions.map(({ session }) => session.id));
    stripe.faults.add({ ...CREATE, kind: 'hang', accepted: true });
    const placing = app
      .as('shop')
      .post('/api/orders')
      .send({ customer: { phoneNumber: aPhone() }, items: [{ sku, quantity: 2 }] })
      .then((answer) => answer);
    const session = await vi.waitUntil(
      () => stripe.allSessions.map((one) => one.session).find(({ id }) => !known.has(id)),
      { timeout: 5_000, interval: 10 },
    );
    const answer = async () => {
      // The SDK asks again with the same key, and is given what was saved under it.
      await stripe.down();
      await stripe.up();
      return placing;
    };
    return { id: session.client_reference_id!, sku, sessionId: session.id, answer };
  };

  it('is not lost: the order is paid, and the late answer does no harm', async () => {
    const { id, sku, sessionId, answer } = await inTheMaking();
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    expect(await deliver(app, completed)).toEqual([200]);
    const paid = await factsOf(app, id);
    expect(paid).toMatchObject({
      state: 'confirmed/paid',
      sessionId,
      sessions: ['1 complete'],
      payments: [{ session: sessionId, amount: 25_990 }],
      passes: 1,
    });

    const answered = await answer();
    expect(answered.status).toBe(201);
    expect(answered.body).toMatchObject({ id, status: 'confirmed', paymentUrl: null });
    expect(await factsOf(app, id)).toEqual(paid);
    await makeDue(app, id);
    await app.tickCheckout();
    expect(await factsOf(app, id)).toEqual(paid);
    expect(sessionsAtStripe(app, id)).toHaveLength(1);
    expect(await stockOf(app, sku)).toBe(8);
  });

  it('is not taken for the session in the making when it ends at another time', async () => {
    const { id, sessionId, answer } = await inTheMaking();
    const session = app.doubles.stripe.session(sessionId);
    const expired = aboutSession(app, 'checkout.session.expired', sessionId, {
      id: `${sessionId}earlier`,
      status: 'expired',
      expires_at: session.expires_at - 600,
    });
    expect(await deliver(app, expired)).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('pending/pending');
    await answer();
    expect(await factsOf(app, id)).toMatchObject({ state: 'pending/pending', sessionId });
  });

  it('is not lost when only the payment speaks, whose session nobody knows', async () => {
    const { id, sessionId, answer } = await inTheMaking();
    app.doubles.stripe.pay(sessionId);
    const succeeded = intentEvent(app, 'payment_intent.succeeded', sessionId);
    expect(await deliver(app, succeeded)).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
    await answer();
    await app.tickCheckout();
    await deliver(app, sessionEvent(app, 'checkout.session.completed', sessionId));
    await makeDue(app, id);
    await app.tickCheckout();
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      sessionId,
      payments: [{ session: sessionId }],
      sessions: ['1 complete'],
      reviews: [],
    });
  });

  it('that was promised by a delayed method waits for its money', async () => {
    const { id, sessionId, answer } = await inTheMaking();
    app.doubles.stripe.pay(sessionId, 'sepa');
    await deliver(app, sessionEvent(app, 'checkout.session.completed', sessionId));
    await answer();
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/processing',
      sessionId,
      sessions: ['1 complete'],
      messages: [],
    });
    app.doubles.stripe.settleDelayed(sessionId, 'succeeded');
    const arrived = sessionEvent(app, 'checkout.session.async_payment_succeeded', sessionId);
    expect(await deliver(app, arrived)).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });

  it('that has expired ends the order: nobody could ever pay it', async () => {
    const { id, sku, sessionId, answer } = await inTheMaking();
    const expired = aboutSession(app, 'checkout.session.expired', sessionId, {
      status: 'expired',
      url: null,
    });
    expect(await deliver(app, expired)).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'cancelled/failed',
      cancelReason: 'payment_link_expired',
      sessions: ['1 expired'],
    });
    expect(await stockOf(app, sku)).toBe(10);
    await answer();
    expect((await readOrder(app, id)).paymentUrl).toBeNull();
  });

  it('that was declined once is noted, and the link still comes', async () => {
    const { id, sessionId, answer } = await inTheMaking();
    app.doubles.stripe.pay(sessionId, '4000000000000002');
    const declined = intentEvent(app, 'payment_intent.payment_failed', sessionId);
    expect(await deliver(app, declined)).toEqual([200]);
    const answered = await answer();
    expect(answered.status).toBe(201);
    expect(answered.body.paymentUrl).toBe(app.doubles.stripe.session(sessionId).url);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/pending',
      sessions: ['1 open'],
      timeline: ['order.placed', 'payment.declined', 'checkout_session.opened'],
    });
  });
});
