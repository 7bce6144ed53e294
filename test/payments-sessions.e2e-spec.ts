import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispute } from '../src/sandbox/stripe-double/factories/dispute.factory.js';
import { event } from '../src/sandbox/stripe-double/factories/event.factory.js';
import { expireRequests, makeDue } from './support/checkout.js';
import { placeOrder, readOrder } from './support/factories.js';
import { linesOf } from './support/log-lines.js';
import { factsOf, outcomeOf } from './support/order-facts.js';
import {
  aboutSession,
  deliver,
  deliverWith,
  intentEvent,
  sessionEvent,
  told,
} from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

const A_DAY_AND_A_BIT = 1_441;

/** An order whose first link we hold for expired while Stripe still takes money for it. */
describe('an order with two sessions', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const withTwoSessions = async () => {
    const order = await placeOrder(app);
    await app.age(order.id, A_DAY_AND_A_BIT);
    const renewed = await app
      .as('shop')
      .post(`/api/orders/${order.id}/checkout-session`)
      .send({})
      .expect(200);
    const [older, newer] = [order.stripeSessionId!, renewed.body.stripeSessionId as string];
    expect(older).not.toBe(newer);
    return { id: order.id, older, newer };
  };
  const completed = (sessionId: string) =>
    sessionEvent(app, 'checkout.session.completed', sessionId);

  it('is not touched by the end of the one that was replaced', async () => {
    const { id, older } = await withTwoSessions();
    const before = await factsOf(app, id);
    app.doubles.stripe.expire(older);
    const expired = sessionEvent(app, 'checkout.session.expired', older);
    expect(await deliver(app, expired)).toEqual([200]);
    expect(await outcomeOf(app, expired.id)).toBe('ignored not_the_current_session');
    const { sessions, ...after } = await factsOf(app, id);
    expect(sessions).toEqual(['1 expired', '2 open']);
    expect({ ...after, sessions: before.sessions, events: [] }).toEqual({ ...before, events: [] });
  });

  it('is not touched by the end of the first while the second is still being made', async () => {
    const order = await placeOrder(app);
    await app.age(order.id, A_DAY_AND_A_BIT);
    const { stripe } = app.doubles;
    await stripe.down();
    await app.as('shop').post(`/api/orders/${order.id}/checkout-session`).send({}).expect(503);
    await stripe.up();
    stripe.expire(order.stripeSessionId!);
    const expired = sessionEvent(app, 'checkout.session.expired', order.stripeSessionId!);
    expect(await deliver(app, expired)).toEqual([200]);
    expect(await factsOf(app, order.id)).toMatchObject({
      state: 'pending/pending',
      sessions: ['1 expired', '2 creating'],
    });
    await makeDue(app, order.id);
    await app.tickCheckout();
    expect((await readOrder(app, order.id)).paymentUrl).not.toBeNull();
  });

  it('is paid once by the older one, and the tick closes the newer one at Stripe', async () => {
    const { id, older, newer } = await withTwoSessions();
    app.doubles.stripe.pay(older);
    expect(await deliver(app, completed(older))).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      sessionId: older,
      payments: [{ session: older }],
      sessions: ['1 complete', '2 closing'],
      passes: 1,
    });
    expect(app.doubles.stripe.session(newer).status).toBe('open');
    await app.tickCheckout();
    expect(app.doubles.stripe.session(newer).status).toBe('expired');
    expect(await deliver(app, sessionEvent(app, 'checkout.session.expired', newer))).toEqual([200]);
    const { state, sessions, timeline } = await factsOf(app, id);
    expect({ state, sessions }).toEqual({
      state: 'confirmed/paid',
      sessions: ['1 complete', '2 expired'],
    });
    expect(timeline.at(-1)).toBe('order.confirmed');
    // Closing the link of a paid order is no cancelling, and the log must not say so.
    expect(linesOf(app, 'order.cancelled').filter(({ orderId }) => orderId === id)).toEqual([]);
  });

  it('ends the same when the payment speaks before its session', async () => {
    const { id, older, newer } = await withTwoSessions();
    app.doubles.stripe.pay(older);
    const succeeded = intentEvent(app, 'payment_intent.succeeded', older);
    expect(await deliver(app, succeeded, completed(older))).toEqual([200, 200]);
    await app.tickCheckout();
    expect(app.doubles.stripe.session(newer).status).toBe('expired');
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      sessionId: older,
      payments: [{ session: older }],
      sessions: ['1 complete', '2 expired'],
    });
  });

  it('is closed at Stripe once, however many instances tick at the same instant', async () => {
    const { id, older, newer } = await withTwoSessions();
    const other = await TestApp.start({ beside: app });
    app.doubles.stripe.pay(older);
    await deliver(app, completed(older));
    await Promise.all([app, other, app, other].map((one) => one.tickCheckout()));
    await other.stop();
    expect(expireRequests(app, newer)).toBe(1);
    expect((await factsOf(app, id)).sessions).toEqual(['1 complete', '2 expired']);
  });

  it('keeps the newer link closing until Stripe can be reached', async () => {
    const { id, older, newer } = await withTwoSessions();
    app.doubles.stripe.pay(older);
    await deliver(app, completed(older));
    await app.doubles.stripe.down();
    await app.tickCheckout();
    expect((await factsOf(app, id)).sessions).toEqual(['1 complete', '2 closing']);
    await app.doubles.stripe.up();
    await makeDue(app, id);
    await app.tickCheckout();
    expect(app.doubles.stripe.session(newer).status).toBe('expired');
    expect((await factsOf(app, id)).sessions).toEqual(['1 complete', '2 expired']);
  });

  describe('that are both paid', () => {
    const bothPaid = async () => {
      const made = await withTwoSessions();
      app.doubles.stripe.pay(made.older);
      app.doubles.stripe.pay(made.newer);
      return made;
    };

    it('is paid by the first; the second goes to a person', async () => {
      const { id, older, newer } = await bothPaid();
      expect(await deliver(app, completed(older), completed(newer))).toEqual([200, 200]);
      expect(await factsOf(app, id)).toMatchObject({
        state: 'confirmed/paid',
        sessionId: older,
        payments: [{ session: older, amount: 25_990 }],
        sessions: ['1 complete', '2 complete'],
        reviews: [
          {
            reason: 'second_payment',
            object: app.doubles.stripe.paymentIntentOf(newer).id,
            event: completed(newer).id,
            expected: 25_990,
            amount: 25_990,
            currency: 'eur',
          },
        ],
        messages: [
          'order_confirmation whatsapp cancelled',
          'payment_thank_you whatsapp queued',
          'pickup_qr whatsapp queued',
          'second_payment_received whatsapp queued',
        ],
        passes: 1,
      });
      expect(await outcomeOf(app, completed(newer).id)).toBe('review second_payment');
    });

    it('asks for a person once when the second is told five times at once and by its payment too', async () => {
      const { id, older, newer } = await bothPaid();
      await deliver(app, completed(older));
      const statuses = await Promise.all([
        deliverWith(app, completed(newer), { times: 5, concurrently: true }),
        deliver(app, told(completed(newer))),
        deliver(app, intentEvent(app, 'payment_intent.succeeded', newer)),
      ]);
      expect(statuses.flat()).toEqual(Array(7).fill(200));
      const { reviews, timeline } = await factsOf(app, id);
      expect(reviews).toHaveLength(1);
      expect(timeline.filter((type) => type === 'payment.review')).toHaveLength(1);
    });

    it('places one and reviews the other when both are told at the same instant', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { id, older, newer } = await bothPaid();
        const statuses = await Promise.all([
          deliver(app, completed(older)),
          deliver(app, completed(newer)),
        ]);
        expect(statuses.flat()).toEqual([200, 200]);
        const { state, payments, reviews } = await factsOf(app, id);
        expect(state).toBe('confirmed/paid');
        // No money is lost sight of: one payment and one review, of two payment intents.
        expect([payments[0]!.intent, reviews[0]!.object].toSorted()).toEqual(
          [older, newer].map((one) => app.doubles.stripe.paymentIntentOf(one).id).toSorted(),
        );
      }
    });

    it('puts a dispute of the second before a person as well', async () => {
      const { id, older, newer } = await bothPaid();
      await deliver(app, completed(older), completed(newer));
      const { id: intentId } = app.doubles.stripe.paymentIntentOf(newer);
      const disputed = event('charge.dispute.created', dispute({ payment_intent: intentId }));
      expect(await deliver(app, disputed)).toEqual([200]);
      const { reviews, state } = await factsOf(app, id);
      expect(state).toBe('confirmed/paid');
      expect(reviews).toMatchObject([
        { reason: 'second_payment', object: intentId },
        { reason: 'disputed', object: disputed.data.object.id },
      ]);
    });

    it('does not try for ever to close the second', async () => {
      const { id, older, newer } = await bothPaid();
      await deliver(app, completed(older));
      await app.tickCheckout();
      await deliver(app, completed(newer));
      expect((await factsOf(app, id)).sessions).toEqual(['1 complete', '2 complete']);
    });
  });

  it('whose older one was promised by a delayed method waits for it, and for the newer when it fails', async () => {
    const { id, older } = await withTwoSessions();
    app.doubles.stripe.pay(older, 'sepa');
    expect(await deliver(app, completed(older))).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('pending/processing');
    app.doubles.stripe.settleDelayed(older, 'failed');
    const failed = sessionEvent(app, 'checkout.session.async_payment_failed', older);
    expect(await deliver(app, failed)).toEqual([200]);
    await app.tickCheckout();
    expect((await factsOf(app, id)).state).toBe('pending/pending');
    const { stripeSessionId, paymentUrl } = await readOrder(app, id);
    expect(paymentUrl).toBe(app.doubles.stripe.session(stripeSessionId!).url);
    app.doubles.stripe.pay(stripeSessionId!);
    await deliver(app, completed(stripeSessionId!));
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });

  it('takes the money of a copy that Stripe made of an expired one', async () => {
    const order = await placeOrder(app);
    const copy = aboutSession(app, 'checkout.session.completed', order.stripeSessionId!, {
      id: 'cs_test_a1RecoveredCopyOfTheSession',
      status: 'complete',
      payment_status: 'paid',
      payment_intent: 'pi_3RecoveredCopy000000001',
      recovered_from: order.stripeSessionId,
      url: null,
    });
    expect(await deliver(app, copy)).toEqual([200]);
    expect(await factsOf(app, order.id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ intent: 'pi_3RecoveredCopy000000001', session: copy.data.object.id }],
      sessions: ['1 closing'],
    });
  });
});
