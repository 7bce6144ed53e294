import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paidAtStripe, payOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { factsOf } from '../support/order-facts.js';
import { tickReminders } from '../support/reminders.js';
import { aboutIntent, aboutSession, deliver, told } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

describe('a payment that is not what the order asked for', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  interface Mismatch {
    readonly what: string;
    readonly reason: string;
    readonly changes: Partial<Stripe.Checkout.Session>;
  }
  const goesToAPerson = async ({ reason, changes }: Mismatch): Promise<void> => {
    const { id, sessionId, intentId } = await paidAtStripe(app);
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
  };

  const AMOUNTS: Mismatch[] = [
    { what: 'a cent too little', reason: 'amount_mismatch', changes: { amount_total: 25_989 } },
    { what: 'a cent too much', reason: 'amount_mismatch', changes: { amount_total: 25_991 } },
    { what: 'a hundredth of it', reason: 'amount_mismatch', changes: { amount_total: 260 } },
    { what: 'nothing', reason: 'amount_mismatch', changes: { amount_total: 0 } },
    { what: 'less than nothing', reason: 'amount_mismatch', changes: { amount_total: -25_990 } },
    { what: 'no amount at all', reason: 'amount_mismatch', changes: { amount_total: null } },
  ];
  const CURRENCIES: Mismatch[] = [
    { what: 'another currency', reason: 'currency_mismatch', changes: { currency: 'usd' } },
    { what: 'its currency in capitals', reason: 'currency_mismatch', changes: { currency: 'EUR' } },
    { what: 'no currency', reason: 'currency_mismatch', changes: { currency: null } },
    {
      what: 'another amount and another currency',
      reason: 'currency_mismatch',
      changes: { amount_total: 1, currency: 'usd' },
    },
  ];
  const NOT_REQUIRED: Mismatch[] = [
    {
      what: 'the word that none was required',
      reason: 'payment_not_required',
      changes: { payment_status: 'no_payment_required', payment_intent: null },
    },
    {
      what: 'the word that none was required, and an amount of nothing',
      reason: 'payment_not_required',
      changes: { payment_status: 'no_payment_required', payment_intent: null, amount_total: 0 },
    },
    {
      what: 'the word paid, without a payment',
      reason: 'payment_not_required',
      changes: { payment_intent: null },
    },
  ];

  it.each(AMOUNTS)('W15 ($what) goes to a person', goesToAPerson);
  it.each(CURRENCIES)('W16 ($what) goes to a person', goesToAPerson);
  it.each(NOT_REQUIRED)('W19 ($what) goes to a person', goesToAPerson);

  it('W15 is held against the order when the payment itself says it', async () => {
    const { id, sessionId, intentId } = await paidAtStripe(app);
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

  it('W15 is one review, however often it is told', async () => {
    const { id, sessionId } = await paidAtStripe(app);
    const event = aboutSession(app, 'checkout.session.completed', sessionId, { amount_total: 1 });
    expect(await deliver(app, event, event, told(event), told(event))).toEqual(Array(4).fill(200));
    const { reviews, timeline } = await factsOf(app, id);
    expect(reviews).toHaveLength(1);
    expect(timeline.filter((type) => type === 'payment.review')).toHaveLength(1);
  });

  it('W15 is no dead end: the shop can cancel the order, or have it paid once more', async () => {
    for (const way of ['cancel', 'checkout-session'] as const) {
      const { id, sessionId } = await paidAtStripe(app);
      await deliver(
        app,
        aboutSession(app, 'checkout.session.completed', sessionId, { amount_total: 1 }),
      );
      const { body } = await app.as('admin').post(`/api/orders/${id}/${way}`).send({}).expect(200);
      if (way === 'cancel') expect(body.status).toBe('cancelled');
      else expect((await payOrder(app, body)).paymentStatus).toBe('paid');
    }
  });

  it('W15 sends the customer no thanks, no QR and no further request for money', async () => {
    const { id, sessionId } = await paidAtStripe(app);
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
