import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOrder, readOrder } from '../support/factories.js';
import { factsOf, outcomeOf } from '../support/order-facts.js';
import { tickReminders } from '../support/reminders.js';
import {
  aboutSession,
  deliver,
  intentEvent,
  sessionEvent,
  told,
} from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

describe('W18 a payment whose money comes days later', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const promised = async () => {
    const order = await placeOrder(app);
    const sessionId = order.stripeSessionId!;
    app.doubles.stripe.pay(sessionId, 'sepa');
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    return { order, id: order.id, sessionId, completed };
  };

  it('is processing once it is promised: no payment, no pass, no thanks, no request for money', async () => {
    const { id, sessionId, completed } = await promised();
    expect(completed.data.object.payment_status).toBe('unpaid');
    expect(await deliver(app, completed)).toEqual([200]);
    expect(await factsOf(app, id)).toEqual({
      state: 'pending/processing',
      sessionId,
      cancelReason: null,
      payments: [],
      sessions: ['1 complete'],
      timeline: ['order.placed', 'checkout_session.opened', 'payment.processing'],
      messages: ['order_confirmation whatsapp cancelled'],
      reviews: [],
      passes: 0,
      events: ['checkout.session.completed applied payment_processing'],
    });
    const { paymentUrl, paidAt } = await readOrder(app, id);
    expect({ paymentUrl, paidAt }).toEqual({ paymentUrl: null, paidAt: null });
  });

  it('is not reminded of, by the timer or by hand, and its order gets no second link and no cancelling', async () => {
    const { id, completed } = await promised();
    await deliver(app, completed);
    await app.age(id, 90);
    expect(await tickReminders(app)).toBe(0);
    const admin = app.as('admin');
    await admin.post(`/api/orders/${id}/reminders`).send({}).expect(409);
    const link = await admin.post(`/api/orders/${id}/checkout-session`).send({}).expect(409);
    expect(link.body.code).toBe('payment_processing');
    await admin.post(`/api/orders/${id}/cancel`).send({}).expect(409);
  });

  it('takes back a reminder that was queued', async () => {
    const { id, completed } = await promised();
    await app.age(id, 90);
    expect(await tickReminders(app)).toBe(1);
    await deliver(app, completed);
    expect((await factsOf(app, id)).messages).toEqual([
      'order_confirmation whatsapp cancelled',
      'payment_reminder whatsapp cancelled',
    ]);
  });

  it('pays the order when it arrives', async () => {
    const { id, sessionId, completed } = await promised();
    await deliver(app, completed);
    app.doubles.stripe.settleDelayed(sessionId, 'succeeded');
    const arrived = sessionEvent(app, 'checkout.session.async_payment_succeeded', sessionId);
    expect(await deliver(app, arrived)).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      sessionId,
      payments: [{ session: sessionId, amount: 25_990 }],
      timeline: [
        'order.placed',
        'checkout_session.opened',
        'payment.processing',
        'order.confirmed',
      ],
      messages: [
        'order_confirmation whatsapp cancelled',
        'payment_thank_you whatsapp queued',
        'pickup_qr whatsapp queued',
      ],
      passes: 1,
    });
  });

  it('goes to a person when it arrives without a payment to show for it', async () => {
    const { id, sessionId, completed } = await promised();
    await deliver(app, completed);
    const arrived = aboutSession(app, 'checkout.session.async_payment_succeeded', sessionId, {
      payment_status: 'paid',
      payment_intent: null,
    });
    expect(await deliver(app, arrived, told(arrived))).toEqual([200, 200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/processing',
      payments: [],
      passes: 0,
      reviews: [{ reason: 'payment_not_required', object: sessionId, amount: 25_990 }],
    });
  });

  it.each([
    ['completed', 'arrived', 'succeeded'],
    ['completed', 'succeeded', 'arrived'],
    ['arrived', 'completed', 'succeeded'],
    ['arrived', 'succeeded', 'completed'],
    ['succeeded', 'completed', 'arrived'],
    ['succeeded', 'arrived', 'completed'],
  ] as const)('W4 pays once when its events come as %s, %s, %s', async (...sequence) => {
    const { id, sessionId, completed } = await promised();
    app.doubles.stripe.settleDelayed(sessionId, 'succeeded');
    const events = {
      completed,
      arrived: sessionEvent(app, 'checkout.session.async_payment_succeeded', sessionId),
      succeeded: intentEvent(app, 'payment_intent.succeeded', sessionId),
    };
    const statuses = await deliver(app, ...sequence.map((name) => events[name]));
    expect(statuses).toEqual([200, 200, 200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      sessionId,
      payments: [{ session: sessionId }],
      sessions: ['1 complete'],
      passes: 1,
      reviews: [],
    });
  });

  it('W4 revives an order that was cancelled before it was promised', async () => {
    const { id, sessionId, completed } = await promised();
    const expired = { status: 'expired', payment_status: 'unpaid' } as const;
    await deliver(app, aboutSession(app, 'checkout.session.expired', sessionId, expired));
    expect(await deliver(app, completed)).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('cancelled/failed');
    app.doubles.stripe.settleDelayed(sessionId, 'succeeded');
    const arrived = sessionEvent(app, 'checkout.session.async_payment_succeeded', sessionId);
    expect(await deliver(app, arrived)).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      sessions: ['1 complete'],
      payments: [{ session: sessionId }],
    });
  });

  describe('that does not come', () => {
    const bounced = async () => {
      const made = await promised();
      app.doubles.stripe.settleDelayed(made.sessionId, 'failed');
      const failed = sessionEvent(app, 'checkout.session.async_payment_failed', made.sessionId);
      return { ...made, failed };
    };

    it('lets the order wait again', async () => {
      const { id, sessionId, completed, failed } = await bounced();
      expect(await deliver(app, completed, failed)).toEqual([200, 200]);
      expect(await factsOf(app, id)).toEqual({
        state: 'pending/pending',
        sessionId,
        cancelReason: null,
        payments: [],
        sessions: ['1 complete', '2 creating'],
        timeline: [
          'order.placed',
          'checkout_session.opened',
          'payment.processing',
          'payment.failed',
        ],
        messages: ['order_confirmation whatsapp cancelled'],
        reviews: [],
        passes: 0,
        events: [
          'checkout.session.completed applied payment_processing',
          'checkout.session.async_payment_failed applied payment_failed',
        ],
      });
    });

    it('makes a new link by the tick, and the bad news carry it', async () => {
      const { id, order, completed, failed } = await bounced();
      await app.drain();
      await deliver(app, completed, failed);
      await app.tickCheckout();
      const renewed = await readOrder(app, id);
      expect(renewed.stripeSessionId).not.toBe(order.stripeSessionId);
      expect(renewed.paymentUrl).toBe(app.doubles.stripe.session(renewed.stripeSessionId!).url);
      expect((await factsOf(app, id)).messages).toEqual([
        'order_confirmation whatsapp sent',
        'payment_failed whatsapp queued',
      ]);
      await app.drain();
      const texts = app.doubles.twilio.messagesTo(`whatsapp:${order.customer.phoneNumber}`);
      expect(texts).toHaveLength(2);
      expect(texts[1]!.body).toContain("n'a pas abouti");
      expect(texts[1]!.body).toContain(renewed.paymentUrl);
    });

    it('can be paid by the new link', async () => {
      const { id, completed, failed } = await bounced();
      await deliver(app, completed, failed);
      await app.tickCheckout();
      const { stripeSessionId } = await readOrder(app, id);
      app.doubles.stripe.pay(stripeSessionId!);
      await deliver(app, sessionEvent(app, 'checkout.session.completed', stripeSessionId!));
      expect(await factsOf(app, id)).toMatchObject({
        state: 'confirmed/paid',
        sessionId: stripeSessionId,
        sessions: ['1 complete', '2 complete'],
        payments: [{ session: stripeSessionId }],
      });
    });

    it('can fail a second time and be told of again', async () => {
      const { id, completed, failed } = await bounced();
      await deliver(app, completed, failed);
      await app.tickCheckout();
      const { stripeSessionId } = await readOrder(app, id);
      app.doubles.stripe.pay(stripeSessionId!, 'sepa');
      await deliver(app, sessionEvent(app, 'checkout.session.completed', stripeSessionId!));
      app.doubles.stripe.settleDelayed(stripeSessionId!, 'failed');
      const again = sessionEvent(app, 'checkout.session.async_payment_failed', stripeSessionId!);
      expect(await deliver(app, again)).toEqual([200]);
      await app.tickCheckout();
      const { sessions, messages } = await factsOf(app, id);
      expect(sessions).toEqual(['1 complete', '2 complete', '3 open']);
      expect(messages.slice(1)).toEqual([
        'payment_failed whatsapp cancelled',
        'payment_failed whatsapp queued',
      ]);
    });

    it('is told once when Stripe tells it by two events, before and after the new link', async () => {
      const { id, completed, failed } = await bounced();
      expect(await deliver(app, completed, failed, told(failed))).toEqual([200, 200, 200]);
      await app.tickCheckout();
      expect(await deliver(app, told(failed))).toEqual([200]);
      await app.tickCheckout();
      const { state, sessions, messages, timeline } = await factsOf(app, id);
      expect(state).toBe('pending/pending');
      expect(sessions).toEqual(['1 complete', '2 open']);
      expect(messages.slice(1)).toEqual(['payment_failed whatsapp queued']);
      expect(timeline.filter((type) => type === 'payment.failed')).toHaveLength(1);
    });

    it('W4 waits again with a new link when the failure overtakes the promise', async () => {
      const { id, completed, failed } = await bounced();
      expect(await deliver(app, failed, completed)).toEqual([200, 200]);
      await app.tickCheckout();
      const { state, sessions, messages } = await factsOf(app, id);
      expect(state).toBe('pending/pending');
      expect(sessions).toEqual(['1 complete', '2 open']);
      expect(messages.slice(1)).toEqual(['payment_failed whatsapp queued']);
      expect((await readOrder(app, id)).paymentUrl).not.toBeNull();
    });

    it('changes nothing of an order that was paid meanwhile', async () => {
      const { id, completed, failed } = await bounced();
      await deliver(app, completed, failed);
      await app.tickCheckout();
      const { stripeSessionId } = await readOrder(app, id);
      app.doubles.stripe.pay(stripeSessionId!);
      await deliver(app, sessionEvent(app, 'checkout.session.completed', stripeSessionId!));
      const paid = await factsOf(app, id);
      const late = told(failed);
      expect(await deliver(app, late)).toEqual([200]);
      expect(await outcomeOf(app, late.id)).toBe('ignored not_the_current_session');
      expect({ ...(await factsOf(app, id)), events: [] }).toEqual({ ...paid, events: [] });
    });
  });
});
