import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placeOrder } from './support/factories.js';
import { HeldLock, untilWaiting } from './support/held-lock.js';
import { factsOf, outcomeOf } from './support/order-facts.js';
import { statementsOf } from './support/statement-count.js';
import { postWebhook, sessionEvent } from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let lock: HeldLock | null = null;

beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  await lock?.release();
  lock = null;
});
afterAll(() => app.stop());

const paidAtStripe = async () => {
  const { id, stripeSessionId } = await placeOrder(app);
  app.doubles.stripe.pay(stripeSessionId!);
  return {
    id,
    sessionId: stripeSessionId!,
    intentId: app.doubles.stripe.paymentIntentOf(stripeSessionId!).id,
    completed: sessionEvent(app, 'checkout.session.completed', stripeSessionId!),
  };
};

const post = async (event: Stripe.Event) => (await postWebhook(app, JSON.stringify(event))).status;

/** Of another transaction, which has written it and not committed, or of one that is long over. */
const AN_EVENT = `
  INSERT INTO stripe_events (id, type, livemode, created_at, outcome, reason)
  VALUES ($1, 'checkout.session.completed', false, now(), 'ignored', 'unknown_order')`;
const A_PAYMENT = `
  INSERT INTO payments (order_id, stripe_payment_intent_id, amount, currency)
  VALUES ($1, $2, 25990, 'eur')`;

const expectNothing = async (id: string) =>
  expect(await factsOf(app, id)).toMatchObject({
    state: 'pending/pending',
    sessions: ['1 open'],
    timeline: ['order.placed', 'checkout_session.opened'],
    payments: [],
    passes: 0,
  });

/** A plain payment does not look for these rows: their keys stop it, and all that it has written goes. */
describe('a payment of an order that waits for it', () => {
  it('by an event that is known is a duplicate', async () => {
    const { id, completed } = await paidAtStripe();
    await app.sql(AN_EVENT, [completed.id]);
    expect(await post(completed)).toBe(200);
    await expectNothing(id);
    expect(await outcomeOf(app, completed.id)).toBe('ignored unknown_order');
  });

  it('by an event that another process is applying is a duplicate', async () => {
    const { id, completed } = await paidAtStripe();
    lock = await HeldLock.onIntent(app, 'of nothing');
    await lock.write(AN_EVENT, [completed.id]);
    const posting = post(completed);
    await untilWaiting(app, 1);
    await lock.release();
    expect(await posting).toBe(200);
    await expectNothing(id);
    expect(await outcomeOf(app, completed.id)).toBe('ignored unknown_order');
  });

  it('that was told as the payment of another order is for a person', async () => {
    const { id, intentId, completed } = await paidAtStripe();
    const { id: other } = await paidAtStripe();
    await app.sql(A_PAYMENT, [other, intentId]);
    expect(await post(completed)).toBe(200);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/pending',
      payments: [],
      reviews: [{ reason: 'second_payment', object: intentId }],
      passes: 0,
    });
  });

  it('that is being written as the payment of another order is for a person', async () => {
    const { id, intentId, completed } = await paidAtStripe();
    const { id: other } = await paidAtStripe();
    lock = await HeldLock.onRow(app, 'orders', 'id', other);
    await lock.write(A_PAYMENT, [other, intentId]);
    const posting = post(completed);
    await untilWaiting(app, 1);
    await lock.release();
    expect(await posting).toBe(200);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/pending',
      payments: [],
      reviews: [{ reason: 'second_payment', object: intentId }],
      passes: 0,
    });
  });

  it('that has a payment already is for a person', async () => {
    const { id, intentId, completed } = await paidAtStripe();
    await app.sql(A_PAYMENT, [id, `${intentId}first`]);
    expect(await post(completed)).toBe(200);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'pending/pending',
      payments: [{ intent: `${intentId}first` }],
      reviews: [{ reason: 'second_payment', object: intentId }],
      passes: 0,
    });
  });

  it('that did not wait yet when it was to be locked takes the general road', async () => {
    const { id, completed } = await paidAtStripe();
    await app.sql(`UPDATE orders SET payment_status = 'processing' WHERE id = $1`, [id]);
    // Between the two statements of the packet: the second cannot begin before this is committed.
    lock = await HeldLock.onWritesTo(app, 'pickup_passes');
    const sent = await statementsOf(async () => {
      const posting = post(completed);
      await untilWaiting(app, 1);
      await lock!.write(`UPDATE orders SET payment_status = 'pending' WHERE id = $1`, [id]);
      await lock!.release();
      expect(await posting).toBe(200);
    });
    expect(sent.filter((text) => text.startsWith('INSERT INTO "payments"'))).toHaveLength(1);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });

  it('by a session of another order pays the session’s order, by the general road', async () => {
    const { id, sessionId, completed } = await paidAtStripe();
    const { id: other } = await paidAtStripe();
    const { object } = completed.data as { object: Stripe.Checkout.Session };
    const mixed = {
      ...completed,
      data: { object: { ...object, client_reference_id: other, metadata: { orderId: other } } },
    } as Stripe.Event;
    expect(await post(mixed)).toBe(200);
    expect(await factsOf(app, id)).toMatchObject({ state: 'confirmed/paid', sessionId });
    await expectNothing(other);
  });
});
