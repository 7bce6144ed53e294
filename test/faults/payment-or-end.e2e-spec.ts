import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from '../support/checkout.js';
import { createProduct, placeOrder } from '../support/factories.js';
import { HeldLock, untilWaiting } from '../support/held-lock.js';
import { factsOf } from '../support/order-facts.js';
import { aboutSession, deliver, postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;
let lock: HeldLock | null = null;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(async () => {
  await lock?.release();
  lock = null;
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

/** Paid at Stripe, nothing told yet, and its row held: who asks for it waits in line. */
const paidAndHeld = async () => {
  const { sku } = await createProduct(app);
  const order = await placeOrder(app, { items: [{ sku, quantity: 2 }] });
  const sessionId = order.stripeSessionId!;
  app.doubles.stripe.pay(sessionId);
  lock = await HeldLock.onRow(app, 'orders', 'id', order.id);
  const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
  // Stripe ends a session or completes it, never both; a reordered or forged belief must not hurt either.
  const expired = aboutSession(app, 'checkout.session.expired', sessionId, {
    status: 'expired',
    payment_status: 'unpaid',
    payment_intent: null,
    url: null,
  });
  return {
    id: order.id,
    sku,
    sessionId,
    pay: () => deliver(app, completed).then(([status]) => status),
    expire: () => postWebhook(other, JSON.stringify(expired)).then(({ status }) => status),
    cancel: () =>
      other
        .as('admin')
        .post(`/api/orders/${order.id}/cancel`)
        .send({})
        .then(({ status }) => status),
  };
};

/** Both start, the first one first in line, and end when the row is let go. */
async function inLine<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const one = first();
  await untilWaiting(app, 1);
  const two = second();
  await untilWaiting(app, 2);
  await lock!.release();
  return Promise.all([one, two]);
}

const expectPaid = async (id: string, sku: string, timeline: readonly string[]) => {
  const facts = await factsOf(app, id);
  expect(facts).toMatchObject({
    state: 'confirmed/paid',
    cancelReason: null,
    payments: [{ amount: 25_990, refunded: 0 }],
    sessions: ['1 complete'],
    reviews: [],
    passes: 1,
  });
  expect(facts.timeline).toEqual(['order.placed', 'checkout_session.opened', ...timeline]);
  expect(await stockOf(app, sku)).toBe(8);
};

describe('C9 an order whose end and whose payment come at the same instant', () => {
  it('is paid when the payment is first in line', async () => {
    const { id, sku, pay, expire } = await paidAndHeld();
    expect(await inLine(pay, expire)).toEqual([200, 200]);
    await expectPaid(id, sku, ['order.confirmed']);
  });

  it('is paid when its end is first in line: it is revived with its stock', async () => {
    const { id, sku, pay, expire } = await paidAndHeld();
    expect(await inLine(expire, pay)).toEqual([200, 200]);
    await expectPaid(id, sku, ['order.expired', 'order.revived']);
    const { messages } = await factsOf(app, id);
    expect(messages).toContain('payment_link_expired whatsapp cancelled');
  });

  it('is not cancelled by the shop when the payment is first in line', async () => {
    const { id, sku, pay, cancel } = await paidAndHeld();
    expect(await inLine(pay, cancel)).toEqual([200, 409]);
    await expectPaid(id, sku, ['order.confirmed']);
  });

  it('is not cancelled by the shop that is first in line: Stripe is asked, and it was paid', async () => {
    const { id, sku, pay, cancel } = await paidAndHeld();
    expect(await inLine(cancel, pay)).toEqual([409, 200]);
    await expectPaid(id, sku, ['order.confirmed']);
  });
});
