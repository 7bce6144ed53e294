import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from '../support/checkout.js';
import { createProduct, placeOrder } from '../support/factories.js';
import { factsOf, outcomeOf } from '../support/order-facts.js';
import {
  aboutSession,
  deliver,
  intentEvent,
  sessionEvent,
  told,
} from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

/** Every order in which the items can stand. */
const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((first, at) =>
        permutations(items.toSpliced(at, 1)).map((rest) => [first, ...rest]),
      );

describe('W4 events in another order than things happened', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const placed = async () => {
    const { sku } = await createProduct(app);
    const order = await placeOrder(app, { items: [{ sku, quantity: 2 }] });
    return { ...order, sku, sessionId: order.stripeSessionId! };
  };

  const expiredAs = (sessionId: string) =>
    aboutSession(app, 'checkout.session.expired', sessionId, {
      status: 'expired',
      payment_status: 'unpaid',
      payment_intent: null,
      url: null,
    });

  it.each(permutations(['declined', 'completed', 'succeeded', 'expired'] as const))(
    'end with one payment when they come as %s, %s, %s, %s',
    async (...sequence) => {
      const { id, sku, sessionId } = await placed();
      app.doubles.stripe.pay(sessionId, '4000000000000002');
      const declined = intentEvent(app, 'payment_intent.payment_failed', sessionId);
      app.doubles.stripe.pay(sessionId);
      const events: Record<(typeof sequence)[number], Stripe.Event> = {
        declined,
        completed: sessionEvent(app, 'checkout.session.completed', sessionId),
        succeeded: intentEvent(app, 'payment_intent.succeeded', sessionId),
        expired: expiredAs(sessionId),
      };
      const states: string[] = [];
      for (const name of sequence) {
        expect(await deliver(app, events[name])).toEqual([200]);
        states.push((await factsOf(app, id)).state);
      }
      // Once paid it stays paid, whatever is told after.
      const paidSince = states.indexOf('confirmed/paid');
      expect(paidSince).toBe(
        Math.min(sequence.indexOf('completed'), sequence.indexOf('succeeded')),
      );
      expect(new Set(states.slice(paidSince))).toEqual(new Set(['confirmed/paid']));
      expect(await factsOf(app, id)).toMatchObject({
        sessionId,
        cancelReason: null,
        payments: [{ session: sessionId, amount: 25_990, refunded: 0 }],
        sessions: ['1 complete'],
        reviews: [],
        passes: 1,
      });
      expect(await stockOf(app, sku)).toBe(8);
    },
  );

  it('change nothing of a paid order when its end is told last', async () => {
    const { id, sku, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    await deliver(app, sessionEvent(app, 'checkout.session.completed', sessionId));
    const paid = await factsOf(app, id);
    const expired = expiredAs(sessionId);
    expect(await deliver(app, expired)).toEqual([200]);
    expect(await outcomeOf(app, expired.id)).toBe('ignored not_pending');
    expect({ ...(await factsOf(app, id)), events: [] }).toEqual({ ...paid, events: [] });
    expect(await stockOf(app, sku)).toBe(8);
  });

  it('change nothing of a paid order when its payment is said to be canceled', async () => {
    const { id, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    await app.doubles.stripe.deliverPending();
    const paid = await factsOf(app, id);
    // The same intent under another type, which the compiler rightly takes for another kind of event.
    const canceled = {
      ...told(intentEvent(app, 'payment_intent.succeeded', sessionId)),
      type: 'payment_intent.canceled',
    } as unknown as Stripe.Event;
    expect(await deliver(app, canceled)).toEqual([200]);
    expect({ ...(await factsOf(app, id)), events: [] }).toEqual({ ...paid, events: [] });
  });

  it('do not tell the shop’s own cancelling twice when Stripe’s expiry comes after it', async () => {
    const { id, sessionId } = await placed();
    await app.as('admin').post(`/api/orders/${id}/cancel`).send({}).expect(200);
    const cancelled = await factsOf(app, id);
    expect(await deliver(app, sessionEvent(app, 'checkout.session.expired', sessionId))).toEqual([
      200,
    ]);
    expect({ ...(await factsOf(app, id)), events: [] }).toEqual({ ...cancelled, events: [] });
    expect(cancelled.messages.at(-1)).toBe('order_cancelled whatsapp queued');
  });
});
