import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import type { FaultMatch } from '../../src/sandbox/double-server.js';
import { outliveLink, sessionsAtStripe, stockOf } from '../support/checkout.js';
import { createProduct, placeOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { callReconcile, makeChecksDue, reconcileLater } from '../support/reconciliation.js';
import { TestApp } from '../support/test-app.js';

/** No webhook is ever delivered in this file. */
let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(() => app.doubles.stripe.faults.clear());
afterAll(() => app.stop());

const EVENTS: FaultMatch = { method: 'GET', path: /^\/v1\/events$/ };
const SESSIONS: FaultMatch = { method: 'GET', path: /^\/v1\/checkout\/sessions\/cs_/ };
const refuse = (match: FaultMatch) =>
  app.doubles.stripe.faults.add({
    ...match,
    kind: 'status',
    status: 400,
    body: { error: { type: 'invalid_request_error', message: 'x' } },
    times: 999,
  });

const stripe = () => app.doubles.stripe;
const settle = async (order: OrderResponse) => {
  const mended = await reconcileLater(app);
  return { mended, facts: await factsOf(app, order.id) };
};

/** Either of the two ways to learn of it is enough, so each is tried without the other. */
describe.each([
  ['the sessions alone', EVENTS],
  ['the list of events alone', SESSIONS],
])('W23 without webhooks, by %s,', (_what, other) => {
  it('an order that was paid is confirmed, once', async () => {
    refuse(other);
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!);
    const { mended, facts } = await settle(order);
    expect(mended).toBeGreaterThan(0);
    expect(facts).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ session: order.stripeSessionId, amount: 25_990, refunded: 0 }],
      sessions: ['1 complete'],
      passes: 1,
      reviews: [],
    });
    expect(facts.messages.filter((line) => !line.startsWith('order_confirmation'))).toEqual([
      'payment_thank_you whatsapp queued',
      'pickup_qr whatsapp queued',
    ]);
    expect(await settle(order)).toEqual({ mended: 0, facts });
    // The webhooks come back: nothing happens twice.
    await stripe().deliverPending();
    expect({ ...(await factsOf(app, order.id)), events: [] }).toEqual({ ...facts, events: [] });
  });

  it('an order whose link died is ended and its stock freed', async () => {
    refuse(other);
    const order = await placeOrder(app);
    await outliveLink(app, order);
    const { facts } = await settle(order);
    expect(facts).toMatchObject({
      state: 'cancelled/failed',
      cancelReason: 'payment_link_expired',
      sessions: ['1 expired'],
    });
    expect(facts.messages).toContain('payment_link_expired whatsapp queued');
    expect(await stockOf(app, order.items[0]!.sku)).toBe(10);
    expect((await settle(order)).mended).toBe(0);
  });

  it('a delayed payment is awaited, then confirmed when its money is there', async () => {
    refuse(other);
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!, 'sepa');
    expect((await settle(order)).facts.state).toBe('pending/processing');
    expect((await settle(order)).mended).toBe(0);
    stripe().settleDelayed(order.stripeSessionId!, 'succeeded');
    const { facts } = await settle(order);
    expect(facts).toMatchObject({ state: 'confirmed/paid', passes: 1, reviews: [] });
    expect(facts.payments).toHaveLength(1);
    expect((await settle(order)).mended).toBe(0);
  });

  it('a delayed payment that failed gives the customer a new link', async () => {
    refuse(other);
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!, 'sepa');
    await settle(order);
    stripe().settleDelayed(order.stripeSessionId!, 'failed');
    const { facts } = await settle(order);
    expect(facts).toMatchObject({ state: 'pending/pending', sessions: ['1 complete', '2 open'] });
    expect(facts.messages.at(-1)).toBe('payment_failed whatsapp queued');
    expect((await settle(order)).mended).toBe(0);
  });

  it('a promise and its failure that both went unheard end the same', async () => {
    refuse(other);
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!, 'sepa');
    stripe().settleDelayed(order.stripeSessionId!, 'failed');
    const { facts } = await settle(order);
    expect(facts).toMatchObject({ state: 'pending/pending', sessions: ['1 complete', '2 open'] });
  });
});

describe('W23 without webhooks', () => {
  it('money given back in the dashboard is known within two runs', async () => {
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!);
    await settle(order);
    stripe().refund(stripe().paymentIntentOf(order.stripeSessionId!).id, 5_000);
    expect((await settle(order)).facts).toMatchObject({
      state: 'confirmed/partially_refunded',
      payments: [{ refunded: 5_000 }],
    });
    stripe().refund(stripe().paymentIntentOf(order.stripeSessionId!).id);
    expect((await settle(order)).facts.payments).toMatchObject([{ refunded: 25_990 }]);
  });

  it('an order that no longer waits keeps no session that can be paid', async () => {
    const order = await placeOrder(app);
    // As a process would leave it that died between the two.
    await app.sql(
      `UPDATE orders SET status = 'cancelled', payment_status = 'failed' WHERE id = $1`,
      [order.id],
    );
    expect(sessionsAtStripe(app, order.id)).toMatchObject([{ status: 'open' }]);
    await reconcileLater(app);
    expect(sessionsAtStripe(app, order.id)).toMatchObject([{ status: 'expired' }]);
    expect((await factsOf(app, order.id)).sessions).toEqual(['1 expired']);
  });

  it('the host’s scheduler mends the same as the timer', async () => {
    const order = await placeOrder(app, {
      items: [{ sku: (await createProduct(app)).sku, quantity: 1 }],
    });
    stripe().pay(order.stripeSessionId!);
    await makeChecksDue(app);
    expect(await callReconcile(app)).toBeGreaterThan(0);
    expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
    expect(await callReconcile(app)).toBe(0);
  });
});
