import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { charge } from '../../src/sandbox/stripe-double/factories/charge.factory.js';
import { event } from '../../src/sandbox/stripe-double/factories/event.factory.js';
import { stockOf } from '../support/checkout.js';
import { placeOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { factsOf, outcomeOf } from '../support/order-facts.js';
import { aboutIntent, aboutSession, deliver, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const HANDLED = [
  'checkout.session.completed',
  'checkout.session.expired',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.refunded',
  'charge.dispute.created',
] as const;

/** A webhook endpoint keeps the API version it was made with, whatever version our own calls ask for. */
describe('W21 an event of an older API version', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  /** Less, or other, than the SDK's types promise: that is the point. */
  const older = (type: Stripe.Event['type'], version: string, object: object): Stripe.Event =>
    ({
      ...event('charge.updated', charge()),
      type,
      api_version: version,
      data: { object },
    }) as unknown as Stripe.Event;

  const paidAtStripe = async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    return { ...order, sessionId: order.stripeSessionId! };
  };

  it('pays the order when it tells what matters in the words of today', async () => {
    const { id, sessionId } = await paidAtStripe();
    const { object: session } = aboutSession(app, 'checkout.session.completed', sessionId).data;
    // What 2022-11-15 had, and no more.
    const completed = older('checkout.session.completed', '2022-11-15', {
      id: session.id,
      object: 'checkout.session',
      amount_subtotal: session.amount_subtotal,
      amount_total: session.amount_total,
      client_reference_id: session.client_reference_id,
      currency: session.currency,
      expires_at: session.expires_at,
      livemode: false,
      metadata: session.metadata,
      mode: 'payment',
      payment_intent: session.payment_intent,
      payment_method_types: ['card'],
      payment_status: 'paid',
      status: 'complete',
    });
    expect(await deliver(app, completed)).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ amount: 25_990, currency: 'eur' }],
    });
  });

  it('pays the order by a payment intent that carries its charges and lacks the newer fields', async () => {
    const { id, sessionId } = await paidAtStripe();
    const { object: intent } = aboutIntent(app, 'payment_intent.succeeded', sessionId).data;
    const succeeded = older('payment_intent.succeeded', '2020-08-27', {
      id: intent.id,
      object: 'payment_intent',
      amount: intent.amount,
      amount_received: intent.amount_received,
      charges: { object: 'list', data: [charge({ metadata: intent.metadata })], has_more: false },
      currency: intent.currency,
      metadata: intent.metadata,
      status: 'succeeded',
    });
    expect(await deliver(app, succeeded)).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });

  it('goes to a person when it does not say how much was paid, and the order can still be paid by the next', async () => {
    const { id, sessionId } = await paidAtStripe();
    // 2019-12-03 had neither amounts nor a status: nothing proves that it was paid in full.
    const completed = older('checkout.session.completed', '2019-12-03', {
      id: sessionId,
      object: 'checkout.session',
      client_reference_id: id,
      display_items: [{ amount: 12_995, currency: 'eur', quantity: 2, type: 'custom' }],
      livemode: false,
      mode: 'payment',
      payment_intent: app.doubles.stripe.paymentIntentOf(sessionId).id,
      payment_method_types: ['card'],
    });
    expect(await deliver(app, completed)).toEqual([200]);
    const facts = await factsOf(app, id);
    expect(facts).toMatchObject({ state: 'pending/pending', payments: [], passes: 0 });
    expect(facts.reviews).toHaveLength(1);
    expect(linesOf(app, 'payment.review')).toContainEqual(
      expect.objectContaining({ level: 'error', orderId: id }),
    );
    const whole = sessionEvent(app, 'checkout.session.completed', sessionId);
    expect(await deliver(app, whole)).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });

  it('ends the order when it says no more than which session has expired', async () => {
    const order = await placeOrder(app);
    const id = order.stripeSessionId!;
    app.doubles.stripe.expire(id);
    const bare = { id, object: 'checkout.session' };
    expect(await deliver(app, older('checkout.session.expired', '2021-10-01', bare))).toEqual([
      200,
    ]);
    expect((await factsOf(app, order.id)).state).toBe('cancelled/failed');
    expect(await stockOf(app, order.items[0]!.sku)).toBe(10);
  });

  it.each(HANDLED)('breaks nothing when it says next to nothing (%s)', async (type) => {
    const bare = older(type, '2019-12-03', { id: `obj_${type}` });
    expect(await deliver(app, bare)).toEqual([200]);
    expect(await outcomeOf(app, bare.id)).toBe('ignored unknown_order');
  });
});
