import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppConfig } from '../config/app-config.js';
import { checkoutSession } from '../sandbox/stripe-double/factories/checkout-session.factory.js';
import { StripeDouble } from '../sandbox/stripe-double/stripe-double.js';
import type { CheckoutSessionParams } from './checkout.gateway.js';
import { StripeCalls } from './stripe-calls.js';
import { StripeCheckoutGateway } from './stripe-checkout.gateway.js';
import { PaymentProviderError } from './stripe.errors.js';

const SECRET_KEY = 'sk_test_gateway000000000000000000';

const params = (overrides: Partial<CheckoutSessionParams> = {}): CheckoutSessionParams => ({
  mode: 'payment',
  line_items: [
    {
      quantity: 2,
      price_data: { currency: 'eur', unit_amount: 12_995, product_data: { name: 'Primacy 4' } },
    },
  ],
  success_url: 'https://shop.example/ok',
  cancel_url: 'https://shop.example/back',
  expires_at: Math.floor(Date.now() / 1_000) + 3_600,
  ...overrides,
});

const gatewayOf = (config: AppConfig): StripeCheckoutGateway =>
  new StripeCheckoutGateway(config, new StripeCalls(config));

describe('StripeCheckoutGateway through the real SDK', () => {
  let stripe: StripeDouble;
  let gateway: StripeCheckoutGateway;

  beforeEach(async () => {
    stripe = await StripeDouble.start({
      secretKey: SECRET_KEY,
      webhookSecret: 'whsec_unused',
      deliver: 'manual',
    });
    gateway = gatewayTo(stripe.url);
  });
  afterEach(() => stripe.stop());

  const gatewayTo = (apiBaseUrl: string, secretKey = SECRET_KEY): StripeCheckoutGateway =>
    gatewayOf({ stripe: { secretKey, apiBaseUrl } } as AppConfig);

  it('opens a session and tells what a caller needs of it', async () => {
    const wanted = params();
    const session = await gateway.createSession(wanted, 'cs:1:1');
    expect(session).toEqual({
      id: expect.stringMatching(/^cs_test_/),
      status: 'open',
      paymentStatus: 'unpaid',
      url: stripe.session(session.id).url,
      expiresAt: new Date(wanted.expires_at! * 1_000),
    });
    const [request] = stripe.requestsTo('POST', /sessions$/);
    expect(request!.headers).toMatchObject({
      'idempotency-key': 'cs:1:1',
      'stripe-version': '2026-10-28.endive',
      authorization: `Bearer ${SECRET_KEY}`,
      'content-type': 'application/x-www-form-urlencoded',
    });
  });

  it('opens one session for one key, and refuses other parameters under it', async () => {
    const wanted = params();
    const first = await gateway.createSession(wanted, 'cs:1:1');
    expect(await gateway.createSession(wanted, 'cs:1:1')).toEqual(first);
    expect(stripe.allSessions).toHaveLength(1);
    await expect(gateway.createSession(params({ locale: 'en' }), 'cs:1:1')).rejects.toMatchObject({
      reason: 'idempotency_error',
      ambiguous: false,
    });
    expect(stripe.allSessions).toHaveLength(1);
  });

  it('opens one session for a key that two instances use at the same instant', async () => {
    const wanted = params();
    stripe.faults.add({ method: 'POST', kind: 'delay', ms: 50 });
    const [one, other] = await Promise.all([
      gateway.createSession(wanted, 'cs:1:1'),
      gatewayTo(stripe.url).createSession(wanted, 'cs:1:1'),
    ]);
    expect(other).toEqual(one);
    expect(stripe.allSessions).toHaveLength(1);
  });

  it('ends an open session', async () => {
    const { id } = await gateway.createSession(params(), 'cs:1:1');
    expect(await gateway.expireSession(id)).toMatchObject({ status: 'expired', url: null });
    expect(stripe.session(id).status).toBe('expired');
  });

  it('answers how a session ended that it can no longer end', async () => {
    const { id } = await gateway.createSession(params(), 'cs:1:1');
    const { id: other } = await gateway.createSession(params(), 'cs:1:2');
    stripe.pay(id);
    stripe.expire(other);
    expect(await gateway.expireSession(id)).toMatchObject({
      status: 'complete',
      paymentStatus: 'paid',
    });
    expect(await gateway.expireSession(other)).toMatchObject({ status: 'expired' });
  });

  it('says so when Stripe knows no such session', async () => {
    await expect(gateway.expireSession('cs_test_unknown')).rejects.toMatchObject({
      reason: 'invalid_request_error',
    });
  });

  it('is not believed with a wrong key, which is asked once', async () => {
    const stranger = gatewayTo(stripe.url, 'sk_test_wrong');
    await expect(stranger.createSession(params(), 'cs:1:1')).rejects.toMatchObject({
      reason: 'key_refused',
      ambiguous: false,
      refused: true,
    });
    expect(stripe.requestsTo('POST', /sessions$/)).toHaveLength(1);
  });

  it('sends customers to no page but Stripe’s own, or the double’s', async () => {
    const config = { stripe: { secretKey: SECRET_KEY, apiBaseUrl: stripe.url as string | null } };
    const real = gatewayOf(config as AppConfig);
    // From here on it believes that it speaks to Stripe itself.
    config.stripe.apiBaseUrl = null;
    const answer = (url: string) => {
      const body = { ...checkoutSession(), url };
      stripe.faults.add({ method: 'POST', kind: 'status', status: 200, body });
      return real.createSession(params(), 'cs:1:1');
    };
    for (const url of [
      'https://checkout.stripe.com.evil.example/c/pay/1',
      'https://checkout.stripe.com@evil.example/c/pay/1',
      'http://checkout.stripe.com/c/pay/1',
      stripe.url,
    ]) {
      await expect(answer(url)).rejects.toMatchObject({ reason: 'session_without_url' });
    }
    const page = 'https://checkout.stripe.com/c/pay/cs_test_1#fidkdWxOYHwnPyd1';
    expect(await answer(page)).toMatchObject({ url: page });
  });

  it('speaks to a double that does not listen as to a Stripe out of reach', async () => {
    await stripe.down();
    const asking = gateway.createSession(params(), 'cs:1:1');
    await expect(asking).rejects.toBeInstanceOf(PaymentProviderError);
    await expect(asking).rejects.toMatchObject({ ambiguous: true, status: 503 });
  });
});
