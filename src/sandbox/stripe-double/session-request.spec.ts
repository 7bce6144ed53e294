import { stringify } from 'node:querystring';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { parseFormBody } from './form-body.js';
import { readSessionRequest } from './session-request.js';
import { StripeRefusal, type StripeErrorBody } from './stripe-error.js';

type Params = Stripe.Checkout.SessionCreateParams;

const NOW = 1_790_000_000;

const item = (unit_amount: number, quantity = 1): NonNullable<Params['line_items']>[number] => ({
  quantity,
  price_data: { currency: 'eur', unit_amount, product_data: { name: 'Pneu' } },
});

const PARAMS: Params = {
  mode: 'payment',
  line_items: [item(12995, 2)],
  success_url: 'https://shop.example/ok',
};

/** The flat names and values the SDK would put on the wire. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, child]) =>
    flat(child, path === '' ? name : `${path}[${name}]`),
  );
}

const read = (overrides: Partial<Params>): ReturnType<typeof readSessionRequest> =>
  readSessionRequest(
    parseFormBody(stringify(Object.fromEntries(flat({ ...PARAMS, ...overrides })))),
    NOW,
  );

function refusal(overrides: Partial<Params>): StripeErrorBody | null {
  try {
    read(overrides);
    return null;
  } catch (error) {
    if (error instanceof StripeRefusal) return error.body;
    throw error;
  }
}

describe('what Stripe checks before it opens a session', () => {
  it.each<[string, unknown, Record<string, unknown>]>([
    ['an unknown parameter', { colour: 'red' }, { code: 'parameter_unknown', param: 'colour' }],
    [
      'the removed payment_method_types',
      { payment_method_types: ['card'] },
      { code: 'parameter_unknown', param: 'payment_method_types' },
    ],
    [
      'an unknown nested parameter',
      { line_items: [{ ...item(1000), name: 'x' }] },
      { code: 'parameter_unknown', param: 'line_items[0][name]' },
    ],
    ['no items', { line_items: [] }, { code: 'parameter_missing', param: 'line_items' }],
    [
      '101 items',
      { line_items: Array.from({ length: 101 }, () => item(1)) },
      { param: 'line_items' },
    ],
    [
      'a price with cents of cents',
      { line_items: [item(12.5)] },
      { code: 'parameter_invalid_integer', param: 'line_items[0][price_data][unit_amount]' },
    ],
    ['49 cents', { line_items: [item(49)] }, { code: 'amount_too_small' }],
    ['nine digits', { line_items: [item(99_999_999, 2)] }, { code: 'amount_too_large' }],
    ['no quantity', { line_items: [item(1000, 0)] }, { param: 'line_items[0][quantity]' }],
    [
      'a currency that is none',
      {
        line_items: [{ ...item(1000), price_data: { ...item(1000).price_data, currency: 'eux' } }],
      },
      { param: 'line_items[0][price_data][currency]' },
    ],
    [
      'a success_url without scheme',
      { success_url: 'shop.example' },
      { code: 'url_invalid', param: 'success_url' },
    ],
    ['no mode', { mode: '' }, { code: 'parameter_missing', param: 'mode' }],
    [
      'a reference of 201 characters',
      { client_reference_id: 'x'.repeat(201) },
      { param: 'client_reference_id' },
    ],
    ['a metadata value of 501', { metadata: { a: 'x'.repeat(501) } }, { param: 'metadata' }],
    ['a metadata key of 41', { metadata: { ['k'.repeat(41)]: 'x' } }, { param: 'metadata' }],
    [
      '51 metadata keys',
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'x'])) },
      { param: 'metadata' },
    ],
    ['what is not simulated', { discounts: [{ coupon: 'x' }] }, { code: 'sandbox_not_simulated' }],
  ])('refuses %s', (_what, overrides, expected) => {
    expect(refusal(overrides as Partial<Params>)).toMatchObject({
      type: 'invalid_request_error',
      ...expected,
    });
  });

  it.each([
    [30 * 60 - 1, 'refused'],
    [30 * 60, 'accepted'],
    [24 * 3600, 'accepted'],
    [24 * 3600 + 1, 'refused'],
  ])('takes expires_at %i s ahead as %s', (ahead, outcome) => {
    const outcomeNow = refusal({ expires_at: NOW + ahead });
    if (outcome === 'accepted') expect(outcomeNow).toBeNull();
    else expect(outcomeNow).toMatchObject({ param: 'expires_at' });
  });

  it('adds up the items and keeps what the payment will carry', () => {
    const { fields, lineItems, intentData } = read({
      line_items: [item(12995, 2), item(100)],
      payment_intent_data: { metadata: { orderId: '1' }, description: 'GC-2026-000123' },
      custom_text: { submit: { message: 'Merci' } },
    });
    expect(fields).toMatchObject({
      amount_total: 26090,
      currency: 'eur',
      created: NOW,
      expires_at: NOW + 24 * 3600,
      allowed_payment_method_types: null,
      payment_method_types: ['card'],
      custom_text: { submit: { message: 'Merci' }, after_submit: null },
    });
    expect(lineItems.map(({ quantity, amount_total }) => [quantity, amount_total])).toEqual([
      [2, 25990],
      [1, 100],
    ]);
    expect(intentData).toMatchObject({ metadata: { orderId: '1' }, description: 'GC-2026-000123' });
  });

  it('reads both lists of payment methods, but not together', () => {
    expect(read({ allowed_payment_method_types: ['card', 'alma'] }).fields).toMatchObject({
      allowed_payment_method_types: ['card', 'alma'],
      payment_method_types: ['card', 'alma'],
    });
    expect(refusal({ excluded_payment_method_types: ['card'] })?.message).toContain('No valid');
    expect(
      refusal({ allowed_payment_method_types: ['card'], excluded_payment_method_types: ['alma'] }),
    ).toMatchObject({ param: 'allowed_payment_method_types' });
  });
});
