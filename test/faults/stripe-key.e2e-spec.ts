import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FaultMatch } from '../../src/sandbox/double-server.js';
import { CIRCUIT_PAUSE_MS } from '../../src/stripe/stripe-circuit.js';
import { createRequests, makeDue, sessionsAtStripe } from '../support/checkout.js';
import { orderBody, placeOrder, readOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { factsOf } from '../support/order-facts.js';
import { deliver, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const CREATE: FaultMatch = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ };
const EXPIRE: FaultMatch = { method: 'POST', path: /\/expire$/ };
const ERROR = { error: { type: 'invalid_request_error', message: 'Invalid API Key provided.' } };

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(() => {
  app.doubles.stripe.faults.clear();
  vi.useRealTimers();
});
afterAll(() => app.stop());

/** The pause of the circuit passes, by the clocks of the application and of Stripe. */
const letPausePass = (): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + CIRCUIT_PAUSE_MS + 1_000 });
};
const alarms = () => linesOf(app, 'stripe.key_refused');
const placeWithoutLink = async (): Promise<string> => {
  const body = await orderBody(app);
  return (await app.as('shop').post('/api/orders').send(body).expect(202)).body.id as string;
};

describe('P10 a key that Stripe no longer takes', () => {
  it('is asked with once, raises one alarm, and is tried again after a pause', async () => {
    const waiting = await placeOrder(app);
    const { stripe } = app.doubles;
    stripe.pay(waiting.stripeSessionId!);
    stripe.faults.add({ ...CREATE, kind: 'status', status: 401, body: ERROR, times: 99 });

    const first = await placeWithoutLink();
    const others = await Promise.all(Array.from({ length: 8 }, placeWithoutLink));
    for (const id of others) await makeDue(app, id);
    await app.tickCheckout();
    expect(createRequests(app, first)).toHaveLength(1);
    for (const id of others) expect(createRequests(app, id)).toEqual([]);
    expect(alarms()).toHaveLength(1);
    expect(alarms()[0]).toMatchObject({ level: 'error', statusCode: 401 });
    expect(JSON.stringify(app.logs)).not.toContain(app.config.stripe.secretKey);

    // What Stripe tells by itself needs no key.
    const paid = sessionEvent(app, 'checkout.session.completed', waiting.stripeSessionId!);
    expect(await deliver(app, paid)).toEqual([200]);
    expect((await factsOf(app, waiting.id)).state).toBe('confirmed/paid');

    // Still refused after the pause: one call finds out, and no second alarm is raised.
    letPausePass();
    const asked = stripe.requests.length;
    await placeWithoutLink();
    await placeWithoutLink();
    expect(stripe.requests.length - asked).toBe(1);
    expect(alarms()).toHaveLength(1);

    stripe.faults.clear();
    letPausePass();
    for (const id of [first, ...others]) {
      await makeDue(app, id);
      await app.tickCheckout();
      expect((await readOrder(app, id)).paymentUrl).not.toBeNull();
      expect(sessionsAtStripe(app, id)).toHaveLength(1);
    }
    expect(linesOf(app, 'stripe.key_accepted')).toHaveLength(1);
  });

  it('lacks one permission only: everything else goes on', async () => {
    const before = alarms().length;
    const order = await placeOrder(app);
    app.doubles.stripe.faults.add({ ...EXPIRE, kind: 'status', status: 403, body: ERROR });
    const cancelling = () => app.as('admin').post(`/api/orders/${order.id}/cancel`).send({});
    await cancelling().expect(503);
    await cancelling().expect(503);
    expect(app.doubles.stripe.requestsTo('POST', /\/expire$/)).toHaveLength(1);
    expect(alarms()).toHaveLength(before + 1);
    await placeOrder(app);
    letPausePass();
    await cancelling().expect(200);
    expect((await factsOf(app, order.id)).state).toBe('cancelled/failed');
  });
});
