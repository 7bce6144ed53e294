import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultMatch } from '../../src/sandbox/double-server.js';
import { checkoutSession } from '../../src/sandbox/stripe-double/factories/checkout-session.factory.js';
import {
  createRequests,
  expireRequests,
  makeDue,
  messagesOf,
  outliveLink,
  sessionsAtStripe,
  stockOf,
} from '../support/checkout.js';
import { orderBody, payOrder, placeOrder, readOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { factsOf } from '../support/order-facts.js';
import { expectProblem } from '../support/problems.js';
import { reconcileLater } from '../support/reconciliation.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  // The second instance was started with another address and another life of links.
  app = await TestApp.start();
  other = await TestApp.start({
    beside: app,
    env: { APP_URL: 'http://other.test', CHECKOUT_TTL_MINUTES: '60' },
  });
});
afterEach(() => app.doubles.stripe.faults.clear());
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const CREATE: FaultMatch = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ };
const stripe = () => app.doubles.stripe;
const renew = (through: TestApp, id: string) =>
  through.as('shop').post(`/api/orders/${id}/checkout-session`);
const cancel = (id: string) => app.as('admin').post(`/api/orders/${id}/cancel`).send({});

/** An order whose session Stripe made, its answer lost. */
async function withLostAnswer(): Promise<string> {
  stripe().faults.add({ ...CREATE, kind: 'truncate' });
  const answer = await app
    .as('shop')
    .post('/api/orders')
    .send(await orderBody(app));
  expect(answer.status).toBe(202);
  return answer.body.id as string;
}

describe('two calls for one session', () => {
  it('P8 from two instances at once give one session, the second waits for the first', async () => {
    const body = await orderBody(app);
    stripe().faults.add({ ...CREATE, kind: 'status', status: 400, body: { error: {} } });
    const { id } = (await app.as('shop').post('/api/orders').send(body).expect(202)).body;
    const before = createRequests(app, id).length;
    stripe().faults.add({ ...CREATE, kind: 'delay', ms: 300 });
    const answers = await Promise.all([renew(app, id), renew(other, id)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0].body).toEqual(answers[1].body);
    expect(sessionsAtStripe(app, id)).toHaveLength(1);
    // One of the two was told that the key is in use, and asked again.
    expect(createRequests(app, id).length - before).toBeGreaterThan(2);
  });

  it('P9 say the same although the shop’s settings changed in between', async () => {
    const id = await withLostAnswer();
    await makeDue(app, id);
    await other.tickCheckout();
    expect(sessionsAtStripe(app, id)).toHaveLength(1);
    const requests = createRequests(app, id);
    expect(requests.length).toBeGreaterThan(1);
    expect(new Set(requests.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await readOrder(app, id)).paymentUrl).toBe(sessionsAtStripe(app, id)[0]!.url);
  });

  it('P9 that do not, because the row was changed by hand, raise an alarm and make no second session', async () => {
    const id = await withLostAnswer();
    await app.sql(
      `UPDATE checkout_sessions SET params = jsonb_set(params, '{locale}', '"en"') WHERE order_id = $1`,
      [id],
    );
    await makeDue(app, id);
    await other.tickCheckout();
    expect(sessionsAtStripe(app, id)).toHaveLength(1);
    const alarms = linesOf(other, 'checkout_session.refused');
    expect(alarms.filter(({ orderId }) => orderId === id)).toMatchObject([
      { level: 'error', reason: 'idempotency_error' },
    ]);
  });
});

describe('P11 a link that cannot be used', () => {
  it.each([
    ['none', null],
    ['another shop’s page', 'https://checkout.stripe.com.evil.example/c/pay/cs_1'],
    ['a script', 'javascript:alert(1)'],
  ])('is never handed out: %s', async (_what, url) => {
    const body = { ...checkoutSession(), url };
    stripe().faults.add({ ...CREATE, kind: 'status', status: 200, body, accepted: true });
    const placed = await app
      .as('shop')
      .post('/api/orders')
      .send(await orderBody(app))
      .expect(202);
    expect(placed.body).toMatchObject({ paymentUrl: null, stripeSessionId: null });
    expect(await messagesOf(app, placed.body.id)).toEqual([]);
    const renewed = await renew(app, placed.body.id).expect(200);
    expect(renewed.body.paymentUrl).toBe(sessionsAtStripe(app, placed.body.id)[0]!.url);
    expect(sessionsAtStripe(app, placed.body.id)).toHaveLength(1);
  });

  it('because it expired while the customer looked at it is replaced by a new one', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    const page = await app.http.get(`/payment/cancel?order_id=${order.id}`).expect(200);
    expect(page.text).not.toContain(order.paymentUrl);
    const renewed = await renew(app, order.id).expect(200);
    expect(renewed.body.paymentUrl).toBe(sessionsAtStripe(app, order.id)[1]!.url);
    expect(renewed.body.paymentUrl).not.toBe(order.paymentUrl);
  });

  it('because the order is paid or over says so', async () => {
    const paid = await payOrder(app, await placeOrder(app));
    expectProblem(await renew(app, paid.id), 409, 'order_not_pending');
    const over = await placeOrder(app);
    await cancel(over.id).expect(200);
    expectProblem(await renew(app, over.id), 409, 'order_not_pending');
  });
});

describe('P12 a session that is ended just after it was paid', () => {
  it('is found paid, and the order is confirmed although no webhook comes', async () => {
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!);
    expectProblem(await cancel(order.id), 409, 'order_already_paid');
    expect(expireRequests(app, order.stripeSessionId!)).toBe(1);
    // The look is due at once, long before the list of events would tell.
    expect(await app.reconcile()).toBe(1);
    expect(await factsOf(app, order.id)).toMatchObject({
      state: 'confirmed/paid',
      sessions: ['1 complete'],
      payments: [{ session: order.stripeSessionId }],
    });
    expect(await stockOf(app, order.items[0]!.sku)).toBe(8);
    expect(await reconcileLater(app)).toBe(0);
  });

  it('while Stripe could not be asked is found paid by the tick', async () => {
    const order = await placeOrder(app);
    await stripe().down();
    await cancel(order.id).expect(503);
    await stripe().up();
    stripe().pay(order.stripeSessionId!);
    await makeDue(app, order.id);
    await app.tickCheckout();
    expect(await app.reconcile()).toBe(1);
    expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
  });

  it('is found promised by a delayed method, and ends for the shop’s reason when no money comes', async () => {
    const order = await placeOrder(app);
    stripe().pay(order.stripeSessionId!, 'sepa');
    await cancel(order.id).expect(409);
    await app.reconcile();
    expect((await factsOf(app, order.id)).state).toBe('pending/processing');
    stripe().settleDelayed(order.stripeSessionId!, 'failed');
    await reconcileLater(app);
    expect(await factsOf(app, order.id)).toMatchObject({
      state: 'cancelled/failed',
      sessions: ['1 complete'],
    });
    expect(await stockOf(app, order.items[0]!.sku)).toBe(10);
  });
});
