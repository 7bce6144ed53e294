import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { charge } from '../src/sandbox/stripe-double/factories/charge.factory.js';
import { checkoutSession } from '../src/sandbox/stripe-double/factories/checkout-session.factory.js';
import { dispute } from '../src/sandbox/stripe-double/factories/dispute.factory.js';
import { event } from '../src/sandbox/stripe-double/factories/event.factory.js';
import { lineItem } from '../src/sandbox/stripe-double/factories/line-item.factory.js';
import { paymentIntent } from '../src/sandbox/stripe-double/factories/payment-intent.factory.js';
import { cardPaymentMethod } from '../src/sandbox/stripe-double/factories/payment-method.factory.js';
import { refund } from '../src/sandbox/stripe-double/factories/refund.factory.js';
import { StripeDouble } from '../src/sandbox/stripe-double/stripe-double.js';
import {
  contractsAbsent,
  contractsPresent,
  expectValidSessionCreateParams,
  SCHEMA_OBJECTS,
  stripeObjectErrors,
  stripeSample,
} from './support/shared-contracts.js';

if (!contractsPresent) process.stdout.write(`Stripe contract tests ${contractsAbsent}\n`);

const PARAMS: Stripe.Checkout.SessionCreateParams = {
  mode: 'payment',
  locale: 'fr',
  line_items: [
    {
      quantity: 2,
      price_data: { currency: 'eur', unit_amount: 12995, product_data: { name: 'Pneu' } },
    },
  ],
  client_reference_id: 'order-1',
  customer_email: 'aline@example.com',
  metadata: { orderId: 'order-1' },
  payment_intent_data: { metadata: { orderId: 'order-1' } },
  success_url: 'https://shop.example/ok?session_id={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://shop.example/back',
  allowed_payment_method_types: ['card', 'alma'],
  adaptive_pricing: { enabled: false },
  expires_at: Math.floor(Date.now() / 1000) + 23 * 3600,
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `+` is ours alone, `-` Stripe's alone; where both hold an object it is looked into. */
function fieldDifferences(ours: Fields, stripes: Fields, path = ''): string[] {
  const names = new Set([...Object.keys(ours), ...Object.keys(stripes)]);
  return [...names].flatMap((name) => {
    if (!(name in stripes)) return [`+ ${path}${name}`];
    if (!(name in ours)) return [`- ${path}${name}`];
    const [one, other] = [ours[name], stripes[name]];
    const bothFields = isFields(one) && isFields(other) && name !== 'metadata';
    return bothFields ? fieldDifferences(one, other, `${path}${name}.`) : [];
  });
}

describe.skipIf(!contractsPresent)('the Stripe double, held against Stripe’s own contract', () => {
  let double: StripeDouble;
  let stripe: Stripe;
  const seen: { readonly object: string }[] = [];

  const create = async (): Promise<string> => {
    const session = await stripe.checkout.sessions.create(PARAMS);
    seen.push(session);
    return session.id;
  };

  beforeAll(async () => {
    double = await StripeDouble.start({
      secretKey: 'sk_test_contract',
      webhookSecret: 'whsec_contract',
      deliver: 'manual',
    });
    const { hostname: host, port } = new URL(double.url);
    stripe = new Stripe('sk_test_contract', { host, port, protocol: 'http', telemetry: false });

    const paid = await create();
    double.pay(paid, '4000000000000002');
    double.pay(paid, '4000002760003184');
    double.challenge(paid, 'refuse');
    double.pay(paid, '4000002760003184');
    double.challenge(paid, 'approve');
    const intent = double.paymentIntentOf(paid).id;
    seen.push(await stripe.refunds.create({ payment_intent: intent, amount: 990 }));
    seen.push(await stripe.refunds.create({ payment_intent: intent }));
    seen.push(await stripe.checkout.sessions.retrieve(paid));
    seen.push(await stripe.paymentIntents.retrieve(intent));
    for (const result of ['succeeded', 'failed'] as const) {
      const delayed = await create();
      double.pay(delayed, 'sepa');
      double.settleDelayed(delayed, result);
    }
    double.pay(await create(), 'alma');
    double.pay(await create(), '4000000000000259');
    const expired = await create();
    double.pay(expired, '4000000000009995');
    seen.push(await stripe.checkout.sessions.expire(expired));
    double.timeTravel(await create(), 24 * 60);
    for await (const one of stripe.events.list({ limit: 100 })) {
      seen.push(one, one.data.object);
    }
  });

  afterAll(() => double.stop());

  it('has lived through every event the application may meet', () => {
    const types = new Set(double.events.map((one) => one.event.type));
    expect([...types].toSorted()).toEqual([
      'charge.dispute.created',
      'charge.failed',
      'charge.pending',
      'charge.refunded',
      'charge.succeeded',
      'checkout.session.async_payment_failed',
      'checkout.session.async_payment_succeeded',
      'checkout.session.completed',
      'checkout.session.expired',
      'payment_intent.canceled',
      'payment_intent.created',
      'payment_intent.payment_failed',
      'payment_intent.processing',
      'payment_intent.requires_action',
      'payment_intent.succeeded',
      'refund.created',
    ]);
  });

  it.each(SCHEMA_OBJECTS)('emits every %s whole, without a field of its own', (name) => {
    const objects = seen.filter((one) => one.object === name);
    expect(objects.length).toBeGreaterThan(0);
    expect(objects.flatMap((one) => stripeObjectErrors(one))).toEqual([]);
  });

  it('would notice a field that is missing, invented or of another type', () => {
    const { url: _url, ...withoutUrl } = checkoutSession();
    expect(stripeObjectErrors(withoutUrl)).toHaveLength(1);
    expect(stripeObjectErrors({ ...refund(), colour: 'red' } as { object: string })).toHaveLength(
      1,
    );
    expect(stripeObjectErrors({ ...dispute(), amount: '1' } as { object: string })).toHaveLength(1);
  });

  // Stripe's samples are of API 2026-07-29; the schemas above are of 2026-10-28.endive.
  const item = lineItem('Pneu', 100, 1, 'eur');
  const contested = dispute();
  const CASES: readonly [string, object, Readonly<Record<string, string>>][] = [
    [
      'checkout.session',
      checkoutSession({ status: 'complete' }),
      {
        '+ allowed_payment_method_types': 'added with stripe-node 23.0.0, after the sample',
        '+ branding_settings': 'optional; sent for the hosted page, left out of the sample',
        '+ payment_method_options.card': 'the sample allows no method any option',
      },
    ],
    [
      'payment_intent',
      paymentIntent(),
      {
        '+ allowed_payment_method_types': 'always sent since stripe-node 22.6.0, after the sample',
        '+ payment_record': 'added with stripe-node 23.0.0, after the sample',
        '+ payment_method_options.card': 'the sample allows no method any option',
      },
    ],
    [
      'charge',
      charge(),
      {
        '+ outcome.risk_level': 'optional; left out of the sample',
        '+ outcome.risk_score': 'optional; left out of the sample',
        '+ payment_method_details.card.electronic_commerce_indicator':
          'added with stripe-node 23.0.0, after the sample',
        '+ radar_options': 'optional; left out of the sample',
        '- refunds': 'since 2022-11-15 only sent when expanded; the sample expands it',
      },
    ],
    [
      'refund',
      refund(),
      {
        '+ destination_details.card.reference_status': 'optional; the sample is a reversal',
        '+ destination_details.card.reference_type': 'optional; the sample is a reversal',
      },
    ],
    [
      'dispute',
      contested,
      {
        '+ evidence_details.submission_method': 'added with stripe-node 23.1.0, after the sample',
        '+ intended_submission_method': 'added with stripe-node 23.1.0, after the sample',
      },
    ],
    ['item', item, {}],
    ['price', item.price ?? {}, {}],
    ['payment_method', cardPaymentMethod(), {}],
    ['balance_transaction', contested.balance_transactions[0] ?? {}, {}],
  ];

  it.each(CASES)('gives %s the fields of Stripe’s own sample', (name, ours, explained) => {
    const differences = fieldDifferences(ours as Fields, stripeSample(name));
    expect(differences.toSorted()).toEqual(Object.keys(explained).toSorted());
  });

  it('wraps events as Stripe does', () => {
    const { data: _data, ...ours } = event('charge.succeeded', charge());
    const { data: _other, ...stripes } = stripeSample('event');
    expect(fieldDifferences(ours as Fields, stripes)).toEqual([]);
  });

  it('takes create parameters typed or as they were recorded, and refuses wrong ones', () => {
    expectValidSessionCreateParams(PARAMS);
    const [recorded] = double.requestsTo('POST', /checkout\/sessions$/);
    expectValidSessionCreateParams(recorded?.body);
    const wrong = { ...PARAMS, payment_method_types: ['card'] };
    expect(() => expectValidSessionCreateParams(wrong)).toThrow('payment_method_types');
    const text = { ...PARAMS, expires_at: 'tomorrow' };
    expect(() => expectValidSessionCreateParams(text)).toThrow('expires_at');
  });
});
