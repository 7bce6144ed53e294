import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StripeDoubleOptions } from './stripe-double-options.js';
import { StripeDouble } from './stripe-double.js';

const SECRET_KEY = 'sk_test_sandbox_0123456789';

type Params = Stripe.Checkout.SessionCreateParams;

const params = (overrides: Partial<Params> = {}): Params => ({
  mode: 'payment',
  locale: 'fr',
  line_items: [
    {
      quantity: 2,
      price_data: {
        currency: 'eur',
        unit_amount: 12995,
        product_data: { name: 'Michelin Primacy 4' },
      },
    },
  ],
  client_reference_id: 'order-1',
  metadata: { orderId: 'order-1' },
  payment_intent_data: { metadata: { orderId: 'order-1' } },
  success_url: 'https://shop.example/ok?session_id={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://shop.example/back',
  allowed_payment_method_types: ['card'],
  adaptive_pricing: { enabled: false },
  ...overrides,
});

describe('StripeDouble through the real SDK', () => {
  let double: StripeDouble;
  let stripe: Stripe;
  let now: Date;

  const clientOf = (key = SECRET_KEY, maxNetworkRetries = 0): Stripe =>
    new Stripe(key, {
      host: '127.0.0.1',
      port: new URL(double.url).port,
      protocol: 'http',
      maxNetworkRetries,
      telemetry: false,
    });

  const start = async (options: Partial<StripeDoubleOptions> = {}): Promise<void> => {
    double = await StripeDouble.start({
      secretKey: SECRET_KEY,
      webhookSecret: 'whsec_sandbox',
      deliver: 'manual',
      now: () => now,
      ...options,
    });
    stripe = clientOf();
  };

  beforeEach(async () => {
    now = new Date();
    await start();
  });

  afterEach(() => double.stop());

  it('opens a session whose url leads to the hosted page and finds it again', async () => {
    const session = await stripe.checkout.sessions.create(params());
    expect(session).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 25990,
      currency: 'eur',
      payment_intent: null,
      client_reference_id: 'order-1',
      metadata: { orderId: 'order-1' },
      url: `${double.url}/c/pay/${session.id}`,
      expires_at: Math.floor(now.getTime() / 1000) + 86_400,
    });
    expect(session.id).toMatch(/^cs_test_[A-Za-z0-9]{58}$/);
    expect(session.lastResponse.apiVersion).toBe(Stripe.API_VERSION);
    expect(session.lastResponse.requestId).toMatch(/^req_/);
    expect((await stripe.checkout.sessions.retrieve(session.id)).id).toBe(session.id);
  });

  it('expires an open session once and says what it is afterwards', async () => {
    const { id } = await stripe.checkout.sessions.create(params());
    const expired = await stripe.checkout.sessions.expire(id);
    expect(expired).toMatchObject({ status: 'expired', url: null });
    expect(double.eventsOf('checkout.session.expired')).toHaveLength(1);
    await expect(stripe.checkout.sessions.expire(id)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      message:
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `expired`.',
    });
  });

  it('expires a session by itself when its time has come', async () => {
    const { id, expires_at } = await stripe.checkout.sessions.create(params());
    now = new Date((expires_at - 1) * 1000);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open');
    now = new Date(expires_at * 1000);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
    expect(double.eventsOf('checkout.session.expired')).toHaveLength(1);
  });

  it('makes a session older, and expires it when that ends it', async () => {
    const { id, created } = await stripe.checkout.sessions.create(params());
    expect(double.timeTravel(id, 60)).toMatchObject({ status: 'open', created: created - 3600 });
    expect(double.timeTravel(id, 23 * 60).status).toBe('expired');
  });

  it('refuses the removed payment_method_types as the SDK knows it', async () => {
    const wrong = { ...params(), payment_method_types: ['card'] };
    await expect(stripe.checkout.sessions.create(wrong)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      code: 'parameter_unknown',
      param: 'payment_method_types',
    });
    expect(double.allSessions).toHaveLength(0);
  });

  it('refuses another key, and none, as authentication errors', async () => {
    await expect(clientOf('sk_test_wrong').checkout.sessions.list()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
    });
    const anonymous = await fetch(`${double.url}/v1/events`);
    expect(anonymous.status).toBe(401);
    const basic = await fetch(`${double.url}/v1/events`, {
      headers: { authorization: `Basic ${Buffer.from(`${SECRET_KEY}:`).toString('base64')}` },
    });
    expect(basic.status).toBe(200);
  });

  it('answers 404 in Stripe’s shape for ids and routes it does not know', async () => {
    await expect(stripe.checkout.sessions.retrieve('cs_test_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such checkout.session: 'cs_test_none'",
    });
    await expect(stripe.customers.list()).rejects.toMatchObject({ statusCode: 404 });
  });

  it('lists newest first, in pages, by status, payment and age', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      ids.unshift((await stripe.checkout.sessions.create(params())).id);
      now = new Date(now.getTime() + 1000);
    }
    double.pay(ids[1] ?? '');
    const all = await stripe.checkout.sessions.list({ limit: 2 }).autoPagingToArray({ limit: 10 });
    expect(all.map(({ id }) => id)).toEqual(ids);
    const open = await stripe.checkout.sessions.list({ status: 'open' });
    expect(open.data).toHaveLength(4);
    const paid = double.paymentIntentOf(ids[1] ?? '').id;
    const byIntent = await stripe.checkout.sessions.list({ payment_intent: paid });
    expect(byIntent.data.map(({ id }) => id)).toEqual([ids[1]]);
    const created = { gte: double.session(ids[1] ?? '').created };
    expect((await stripe.checkout.sessions.list({ created })).data).toHaveLength(2);
    const before = await stripe.checkout.sessions.list({ ending_before: ids[2], limit: 1 });
    expect(before).toMatchObject({ has_more: true, data: [{ id: ids[1] }] });
  });

  it('expands what it is asked to', async () => {
    const { id } = await stripe.checkout.sessions.create(params());
    double.pay(id);
    const session = await stripe.checkout.sessions.retrieve(id, {
      expand: ['line_items', 'payment_intent.latest_charge'],
    });
    expect(session.line_items?.data).toMatchObject([{ quantity: 2, amount_total: 25990 }]);
    expect(session).toMatchObject({
      payment_intent: { object: 'payment_intent', latest_charge: { object: 'charge', paid: true } },
    });
    await expect(
      stripe.checkout.sessions.retrieve(id, { expand: ['currency'] }),
    ).rejects.toMatchObject({ param: 'expand' });
  });

  it('gives the SDK the outcomes it was measured with', async () => {
    const create = (retries = 2): Promise<unknown> =>
      clientOf(SECRET_KEY, retries)
        .checkout.sessions.create(params())
        .catch((error: unknown) => error);
    const hits = (): number => double.requestsTo('POST', /sessions$/).length;
    const path = /sessions$/;

    double.faults.add({ path, kind: 'status', status: 404, body: { message: 'gone' } });
    expect(await create()).toMatchObject({ message: 'gone' });
    expect(hits()).toBe(1);

    double.faults.add({
      path,
      kind: 'status',
      status: 429,
      body: { error: { type: 'rate_limit' } },
    });
    expect(await create()).toMatchObject({ type: 'StripeRateLimitError' });
    expect(hits()).toBe(2);

    const retried = { 'stripe-should-retry': 'true' };
    double.faults.add({ path, kind: 'status', status: 429, body: {}, headers: retried });
    expect(await create()).toMatchObject({ object: 'checkout.session' });
    expect(hits()).toBe(4);

    double.faults.add({ path, kind: 'truncate' });
    expect(await create()).toMatchObject({ type: 'StripeConnectionError' });
    expect(hits()).toBe(5);

    double.faults.add({ path, kind: 'reset' });
    expect(await create(0)).toMatchObject({ object: 'checkout.session' });
    expect(hits()).toBe(7);
  });

  it('still knows its sessions, events and keys after a restart', async () => {
    await double.stop();
    let file = 'null';
    const snapshot = {
      load: (): unknown => JSON.parse(file),
      save: (state: unknown): void => {
        file = JSON.stringify(state);
      },
    };
    await start({ snapshot });
    const first = await stripe.checkout.sessions.create(params(), { idempotencyKey: 'k1' });
    double.pay(first.id, '4000000000000002');
    await double.stop();
    await start({ snapshot });
    expect((await stripe.checkout.sessions.retrieve(first.id)).status).toBe('open');
    const again = await stripe.checkout.sessions.create(params(), { idempotencyKey: 'k1' });
    expect(again.id).toBe(first.id);
    expect(double.pay(first.id)).toEqual({ result: 'paid' });
    expect(double.eventsOf('payment_intent.created')).toHaveLength(1);
  });
});
