import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StripeDouble } from './stripe-double.js';
import { TEST_CARDS } from './test-cards.js';

const HEADERS = { authorization: 'Bearer sk_test_1' };

describe('what happens on the hosted page', () => {
  let double: StripeDouble;
  let id: string;

  const openSession = async (): Promise<Stripe.Checkout.Session> => {
    const body = new URLSearchParams({
      mode: 'payment',
      success_url: 'https://shop.example/ok',
      'line_items[0][quantity]': '1',
      'line_items[0][price_data][currency]': 'eur',
      'line_items[0][price_data][unit_amount]': '25990',
      'line_items[0][price_data][product_data][name]': 'Pneu',
      'payment_intent_data[metadata][orderId]': 'order-1',
    });
    const answer = await fetch(`${double.url}/v1/checkout/sessions`, {
      method: 'POST',
      headers: HEADERS,
      body,
    });
    return (await answer.json()) as Stripe.Checkout.Session;
  };

  const types = (): string[] => double.events.map(({ event }) => event.type);

  const refund = async (
    body: string,
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(`${double.url}/v1/refunds`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  beforeEach(async () => {
    double = await StripeDouble.start({
      secretKey: 'sk_test_1',
      webhookSecret: 'whsec_1',
      deliver: 'manual',
    });
    ({ id } = await openSession());
  });

  afterEach(() => double.stop());

  it('pays by card: session, intent and charge agree', () => {
    expect(double.pay(id)).toEqual({ result: 'paid' });
    expect(types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
    const session = double.session(id);
    expect(session).toMatchObject({ status: 'complete', payment_status: 'paid', url: null });
    const intent = double.paymentIntentOf(id);
    expect(intent).toMatchObject({
      status: 'succeeded',
      amount_received: 25990,
      metadata: { orderId: 'order-1' },
    });
    expect(double.eventsOf('charge.succeeded')[0]?.data.object).toMatchObject({
      id: intent.latest_charge,
      payment_intent: intent.id,
      metadata: { orderId: 'order-1' },
    });
    expect(() => double.pay(id)).toThrow('the session is complete');
  });

  const declines = TEST_CARDS.filter((card) => card.decline);
  it.each(declines)('refuses $label ($number) and leaves the session open', (card) => {
    expect(double.pay(id, card.number)).toEqual({ result: 'declined', decline: card.decline });
    expect(types()).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ]);
    expect(double.eventsOf('payment_intent.payment_failed')[0]?.data.object).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: {
        code: card.decline?.code,
        payment_method: { card: { last4: card.number.slice(-4) } },
      },
    });
    expect(double.session(id)).toMatchObject({ status: 'open', payment_intent: null });
    expect(double.pay(id)).toEqual({ result: 'paid' });
    expect(double.eventsOf('payment_intent.created')).toHaveLength(1);
  });

  it.each(['4000002500003155', '4000002760003184'])('asks the bank for %s', (number) => {
    expect(double.pay(id, number)).toEqual({ result: 'challenge' });
    expect(types()).toEqual(['payment_intent.created', 'payment_intent.requires_action']);
    expect(double.challenge(id, 'refuse')).toMatchObject({ result: 'declined' });
    expect(types().at(-1)).toBe('payment_intent.payment_failed');
    expect(() => double.challenge(id, 'approve')).toThrow('no bank is waiting');
    double.pay(id, number);
    expect(double.challenge(id, 'approve')).toEqual({ result: 'paid' });
    expect(
      double.eventsOf('charge.succeeded')[0]?.data.object.payment_method_details?.card,
    ).toMatchObject({
      three_d_secure: { result: 'authenticated' },
    });
  });

  it('opens a dispute after a payment that is contested', () => {
    double.pay(id, '4000000000000259');
    expect(types().slice(-2)).toEqual(['checkout.session.completed', 'charge.dispute.created']);
    expect(double.eventsOf('charge.dispute.created')[0]?.data.object).toMatchObject({
      amount: 25990,
      payment_intent: double.session(id).payment_intent,
    });
  });

  it.each([
    ['succeeded', 'paid', 'checkout.session.async_payment_succeeded', 'payment_intent.succeeded'],
    ['failed', 'unpaid', 'checkout.session.async_payment_failed', 'payment_intent.payment_failed'],
  ] as const)(
    'completes a direct debit unpaid, then %s',
    (result, paymentStatus, type, intentType) => {
      expect(double.pay(id, 'sepa')).toEqual({ result: 'processing' });
      expect(double.session(id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
      expect(types()).toEqual([
        'payment_intent.created',
        'charge.pending',
        'payment_intent.processing',
        'checkout.session.completed',
      ]);
      double.settleDelayed(id, result);
      expect(double.session(id).payment_status).toBe(paymentStatus);
      expect(types().slice(-2)).toEqual([intentType, type]);
      expect(() => double.settleDelayed(id, result)).toThrow('no delayed payment');
    },
  );

  it('cancels the intent of a tried session that expires', () => {
    double.pay(id, '4000000000000002');
    double.expire(id);
    expect(types().slice(-2)).toEqual(['payment_intent.canceled', 'checkout.session.expired']);
    expect(() => double.pay(id)).toThrow('the session is expired');
  });

  it('freezes what an event shows', () => {
    double.pay(id);
    const [paid] = double.eventsOf('charge.succeeded');
    double.refund(double.paymentIntentOf(id).id);
    expect(paid?.data.object.refunded).toBe(false);
    expect(double.eventsOf('charge.refunded')[0]?.data).toMatchObject({
      object: { refunded: true, amount_refunded: 25990 },
      previous_attributes: { refunded: false, amount_refunded: 0 },
    });
  });

  it('refunds in parts, never more than was paid', async () => {
    double.pay(id);
    const intent = double.paymentIntentOf(id).id;
    expect(await refund(`payment_intent=${intent}&amount=10000`)).toMatchObject({
      status: 200,
      body: { object: 'refund', amount: 10000, status: 'succeeded' },
    });
    expect(double.eventsOf('charge.refunded')[0]?.data.object).toMatchObject({ refunded: false });
    expect(await refund(`payment_intent=${intent}&amount=15991`)).toMatchObject({
      status: 400,
      body: { error: { param: 'amount' } },
    });
    expect((await refund(`payment_intent=${intent}`)).body).toMatchObject({ amount: 15990 });
    expect((await refund(`payment_intent=${intent}`)).body).toMatchObject({
      error: { code: 'charge_already_refunded' },
    });
    expect(double.eventsOf('charge.refunded')).toHaveLength(2);
  });

  it('refuses to refund what was not paid, and what does not exist', async () => {
    double.pay(id, 'sepa');
    expect((await refund(`payment_intent=${double.paymentIntentOf(id).id}`)).status).toBe(400);
    expect((await refund('payment_intent=pi_none')).status).toBe(404);
    expect((await refund('')).body).toMatchObject({ error: { code: 'parameter_missing' } });
  });

  it('ties an event to the request that caused it', async () => {
    const answer = await fetch(`${double.url}/v1/checkout/sessions/${id}/expire`, {
      method: 'POST',
      headers: { ...HEADERS, 'idempotency-key': 'k9' },
    });
    expect(double.eventsOf('checkout.session.expired')[0]?.request).toEqual({
      id: answer.headers.get('request-id'),
      idempotency_key: 'k9',
    });
  });
});
