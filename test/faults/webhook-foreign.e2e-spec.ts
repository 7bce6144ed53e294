import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { charge } from '../../src/sandbox/stripe-double/factories/charge.factory.js';
import { checkoutSession } from '../../src/sandbox/stripe-double/factories/checkout-session.factory.js';
import { dispute } from '../../src/sandbox/stripe-double/factories/dispute.factory.js';
import { event } from '../../src/sandbox/stripe-double/factories/event.factory.js';
import { paymentIntent } from '../../src/sandbox/stripe-double/factories/payment-intent.factory.js';
import { placeOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { databaseDigest, factsOf, outcomeOf } from '../support/order-facts.js';
import {
  aboutIntent,
  aboutSession,
  deliver,
  postWebhook,
  sessionEvent,
} from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

describe('an event that is none of ours', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  /** Everything but the inbox. */
  const shopDigest = async () => ({ ...(await databaseDigest(app)), stripe_events: '' });

  const about = (metadata: Record<string, string>): [string, Stripe.Event][] => {
    const complete = checkoutSession({ status: 'complete', metadata });
    const open = checkoutSession({ metadata });
    const expired = checkoutSession({ metadata, status: 'expired' });
    const intent = paymentIntent({ metadata });
    return [
      ['completed', event('checkout.session.completed', complete)],
      ['promised', event('checkout.session.completed', { ...complete, payment_status: 'unpaid' })],
      ['expired', event('checkout.session.expired', expired)],
      ['arrived', event('checkout.session.async_payment_succeeded', complete)],
      ['bounced', event('checkout.session.async_payment_failed', open)],
      ['succeeded', event('payment_intent.succeeded', intent)],
      ['declined', event('payment_intent.payment_failed', intent)],
      ['canceled', event('payment_intent.canceled', intent)],
      ['refunded', event('charge.refunded', charge({ metadata, amount_refunded: 25_990 }))],
      ['disputed', event('charge.dispute.created', dispute({ metadata }))],
    ];
  };

  it.each([
    ['an order that nobody knows', () => ({ orderId: randomUUID() })],
    ['no metadata at all', () => ({})],
    ['the metadata of another shop', () => ({ order_id: '4711', shop: 'elsewhere' })],
    ['an order id that is no UUID', () => ({ orderId: '4711' })],
    ['an empty order id', () => ({ orderId: '' })],
    ['an order id that would break a query', () => ({ orderId: "' OR 1=1; --" })],
    ['an order id of 500 characters', () => ({ orderId: 'x'.repeat(500) })],
  ])('W13 is answered 200, stored and ignored (%s)', async (_what, metadata) => {
    await placeOrder(app);
    const before = await shopDigest();
    for (const [name, one] of about(metadata())) {
      const answer = [name, ...(await deliver(app, one)), await outcomeOf(app, one.id)];
      expect(answer).toEqual([name, 200, 'ignored unknown_order']);
    }
    expect(await shopDigest()).toEqual(before);
  });

  it('W17 is ignored with an error in the log when it is a live one and our key is of the test mode', async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    const live = aboutSession(
      app,
      'checkout.session.completed',
      order.stripeSessionId!,
      { livemode: true },
      { livemode: true },
    );
    const before = await shopDigest();
    expect(await deliver(app, live)).toEqual([200]);
    expect(await shopDigest()).toEqual(before);
    expect(await outcomeOf(app, live.id)).toBe('ignored livemode_mismatch');
    expect(linesOf(app, 'stripe_event.livemode_mismatch')).toContainEqual(
      expect.objectContaining({
        level: 'error',
        stripeEventId: live.id,
      }),
    );
  });

  describe('W20 whose metadata name another order than its session does', () => {
    const crossed = async () => {
      const mine = await placeOrder(app);
      const other = await placeOrder(app);
      app.doubles.stripe.pay(mine.stripeSessionId!);
      return { mine, other, sessionId: mine.stripeSessionId! };
    };

    it('settles the order of its session, and the mismatch is logged', async () => {
      const { mine, other, sessionId } = await crossed();
      const before = await factsOf(app, other.id);
      const completed = aboutSession(app, 'checkout.session.completed', sessionId, {
        metadata: { orderId: other.id },
        client_reference_id: other.id,
      });
      expect(await deliver(app, completed)).toEqual([200]);
      expect((await factsOf(app, mine.id)).state).toBe('confirmed/paid');
      expect(await factsOf(app, other.id)).toEqual(before);
      expect(linesOf(app, 'payment.reference_mismatch')).toContainEqual(
        expect.objectContaining({
          level: 'error',
          orderId: mine.id,
        }),
      );
    });

    it('cancels the order of its session when it expires', async () => {
      const mine = await placeOrder(app);
      const other = await placeOrder(app);
      app.doubles.stripe.expire(mine.stripeSessionId!);
      const expired = aboutSession(app, 'checkout.session.expired', mine.stripeSessionId!, {
        metadata: { orderId: other.id },
      });
      expect(await deliver(app, expired)).toEqual([200]);
      expect((await factsOf(app, mine.id)).state).toBe('cancelled/failed');
      expect((await factsOf(app, other.id)).state).toBe('pending/pending');
    });

    it('never counts one payment for two orders, and Stripe is not asked to repeat what no retry can mend', async () => {
      const { mine, other, sessionId } = await crossed();
      const succeeded = aboutIntent(app, 'payment_intent.succeeded', sessionId, {
        metadata: { orderId: other.id },
      });
      const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
      expect(await deliver(app, succeeded, completed)).toEqual([200, 200]);
      const both = [await factsOf(app, mine.id), await factsOf(app, other.id)];
      expect(both.flatMap(({ payments }) => payments)).toHaveLength(1);
      expect(both.flatMap(({ reviews }) => reviews)).toHaveLength(1);
    });

    it('is settled by its session also when its own order id is missing', async () => {
      const { mine, sessionId } = await crossed();
      const completed = aboutSession(app, 'checkout.session.completed', sessionId, {
        metadata: null,
        client_reference_id: null,
      });
      expect(await deliver(app, completed)).toEqual([200]);
      expect((await factsOf(app, mine.id)).state).toBe('confirmed/paid');
    });
  });

  it('W14 of a type that we do not handle is answered 200, stored and ignored', async () => {
    const order = await placeOrder(app);
    const before = await shopDigest();
    const metadata = { orderId: order.id };
    const others = [
      event('charge.updated', charge({ metadata })),
      event(
        'payment_intent.created',
        paymentIntent({ metadata, status: 'requires_payment_method' }),
      ),
      // A type that this version of the SDK has no name for.
      {
        ...aboutSession(app, 'checkout.session.completed', order.stripeSessionId!),
        type: 'checkout.session.v9',
      } as unknown as Stripe.Event,
    ];
    expect(await deliver(app, ...others)).toEqual([200, 200, 200]);
    for (const { id } of others) expect(await outcomeOf(app, id)).toBe('ignored unhandled_type');
    expect(await shopDigest()).toEqual(before);
  });

  it('W17 is ignored when it is a test one and our key is live', async () => {
    const order = await placeOrder(app);
    const livingApp = await TestApp.start({
      beside: app,
      config: (config) => ({ ...config, stripe: { ...config.stripe, livemode: true } }),
    });
    app.doubles.stripe.pay(order.stripeSessionId!);
    const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
    expect((await postWebhook(livingApp, JSON.stringify(completed))).status).toBe(200);
    await livingApp.stop();
    expect((await factsOf(app, order.id)).state).toBe('pending/pending');
    expect(await outcomeOf(app, completed.id)).toBe('ignored livemode_mismatch');
  });
});
