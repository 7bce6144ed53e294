import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OrderInput, placeOrder, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { MESSAGES } from '../support/outbox.js';
import { deliver, postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { TestApp } from '../support/test-app.js';

/** With its timers and its dispatcher running, as in production. */
let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ env: { PROCESS_ROLE: 'all' } });
});
afterAll(() => app.stop());

async function paidAtStripe(input: OrderInput = {}) {
  const order = await placeOrder(app, input);
  await vi.waitUntil(async () => (await factsOf(app, order.id)).messages[0]?.endsWith(' sent'), {
    timeout: 10_000,
  });
  app.doubles.stripe.pay(order.stripeSessionId!);
  const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
  return { id: order.id, completed };
}

const thanksOf = async (id: string, channel = 'whatsapp') =>
  (await factsOf(app, id)).messages.find((line) => line.startsWith(`payment_thank_you ${channel}`));

/** Handed over and answered 200 in less than a second. */
async function expectAnsweredAtOnce(completed: Stripe.Event): Promise<void> {
  const startedAt = Date.now();
  expect(await deliver(app, completed)).toEqual([200]);
  expect(Date.now() - startedAt).toBeLessThan(1_000);
}

describe('W25 a webhook call while a provider does not answer', () => {
  /** What was asked of Twilio is cut off, and everything asked later is answered. */
  const endSilence = async () => {
    await app.doubles.twilio.down();
    await app.doubles.twilio.up();
  };

  it('is answered in less than a second before Twilio, which hangs, has answered anything', async () => {
    const { id, completed } = await paidAtStripe();
    const { twilio } = app.doubles;
    const asked = twilio.requestsTo('POST', MESSAGES).length;
    twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'hang' });
    await expectAnsweredAtOnce(completed);
    // The thanks are on their way by now, and still without an answer.
    await vi.waitUntil(() => twilio.requestsTo('POST', MESSAGES).length > asked, {
      timeout: 5_000,
    });
    expect(await thanksOf(id)).toBe('payment_thank_you whatsapp sending');
    expect(await readOrder(app, id)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
    await endSilence();
  });

  it('is answered while the dispatcher already waits for Twilio', async () => {
    const first = await paidAtStripe();
    const second = await paidAtStripe();
    app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'hang' });
    await deliver(app, first.completed);
    await vi.waitUntil(async () => (await thanksOf(first.id))?.endsWith(' sending'), {
      timeout: 5_000,
    });
    await expectAnsweredAtOnce(second.completed);
    expect(await thanksOf(first.id)).toBe('payment_thank_you whatsapp sending');
    expect((await factsOf(app, second.id)).state).toBe('confirmed/paid');
    await endSilence();
  });

  it('is answered in less than a second while the mail server hangs', async () => {
    const { id, completed } = await paidAtStripe({ customer: { email: 'aline@example.com' } });
    const other = await paidAtStripe();
    app.doubles.mail.faults.add({ kind: 'hang', stage: 'DATA' });
    await expectAnsweredAtOnce(completed);
    await vi.waitUntil(async () => (await thanksOf(id, 'email'))?.endsWith(' sending'), {
      timeout: 5_000,
    });
    await expectAnsweredAtOnce(other.completed);
    expect(await thanksOf(id, 'email')).toBe('payment_thank_you email sending');
    expect((await factsOf(app, other.id)).state).toBe('confirmed/paid');
    await app.doubles.mail.down();
    await app.doubles.mail.up();
  });

  it('is answered while Stripe itself takes no calls', async () => {
    const { id, completed } = await paidAtStripe();
    await app.doubles.stripe.down();
    expect(await deliver(app, completed)).toEqual([200]);
    await app.doubles.stripe.up();
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });
});

describe('W24 a webhook call while the database is out of reach', () => {
  it('is answered 503 within five seconds, and applied when it comes again', async () => {
    const { id, completed } = await paidAtStripe();
    const line = await TcpProxy.to(app.database.url);
    const other = await TestApp.start({
      beside: app,
      config: (config) => ({
        ...config,
        database: { ...config.database, url: line.through(app.database.url) },
      }),
    });
    await line.cut();
    const startedAt = Date.now();
    const refused = await postWebhook(other, JSON.stringify(completed));
    expect(refused.status).toBe(503);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect((await factsOf(app, id)).state).toBe('pending/pending');
    await line.mend();
    await vi.waitUntil(
      async () => (await postWebhook(other, JSON.stringify(completed))).status === 200,
      { timeout: 10_000 },
    );
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
    await other.stop();
    await line.cut();
  });
});
