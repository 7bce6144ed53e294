import { describe, expect, it } from 'vitest';
import type { AppConfig } from '../config/app-config.js';
import type { Fault, FaultMatch } from '../sandbox/double-server.js';
import { checkoutSession } from '../sandbox/stripe-double/factories/checkout-session.factory.js';
import { StripeDouble } from '../sandbox/stripe-double/stripe-double.js';
import { StripeCalls } from './stripe-calls.js';
import { StripeCheckoutGateway } from './stripe-checkout.gateway.js';
import { PaymentProviderError } from './stripe.errors.js';

const SECRET_KEY = 'sk_test_gateway000000000000000000';
const CREATE = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ } as const;

interface Outcome {
  /** `opened`, or the reason of the failure. */
  readonly result: string;
  readonly ambiguous?: boolean;
  readonly hits: number;
  readonly keys: number;
  readonly sessions: number;
}

/** Each on a double of its own, so that all of them can run at once. */
async function creatingUnder(...faults: (FaultMatch & Fault)[]): Promise<Outcome> {
  const stripe = await StripeDouble.start({
    secretKey: SECRET_KEY,
    webhookSecret: 'whsec_unused',
    deliver: 'manual',
  });
  for (const fault of faults) stripe.faults.add({ ...CREATE, ...fault });
  const config = { stripe: { secretKey: SECRET_KEY, apiBaseUrl: stripe.url } } as AppConfig;
  const params = {
    mode: 'payment' as const,
    line_items: [
      {
        quantity: 1,
        price_data: { currency: 'eur', unit_amount: 12_995, product_data: { name: 'Primacy 4' } },
      },
    ],
    success_url: 'https://shop.example/ok',
  };
  try {
    const end = await new StripeCheckoutGateway(config, new StripeCalls(config))
      .createSession(params, 'cs:1:1')
      .then(
        () => ({ result: 'opened' }),
        (error: unknown) => {
          if (!(error instanceof PaymentProviderError)) throw error;
          return { result: error.reason, ambiguous: error.ambiguous };
        },
      );
    const requests = stripe.requestsTo(CREATE.method, CREATE.path);
    const keys = new Set(requests.map(({ headers }) => headers['idempotency-key']));
    return { ...end, hits: requests.length, keys: keys.size, sessions: stripe.allSessions.length };
  } finally {
    await stripe.stop();
  }
}

const status = (code: number, body?: unknown, extra: Partial<Fault> = {}): Fault =>
  ({ kind: 'status', status: code, body, ...extra }) as Fault;
const error = (type: string, more: object = {}) => ({ error: { type, message: 'x', ...more } });
const always = (fault: Fault): Fault & FaultMatch => ({ ...fault, times: 9 });

/** How the SDK of this version behaves, measured; and what we make of it. */
const TABLE: [string, Fault & FaultMatch, Omit<Outcome, 'keys' | 'sessions'>][] = [
  [
    '404 JSON without error',
    status(404, { message: 'x' }),
    { result: 'unexpected_answer', ambiguous: true, hits: 1 },
  ],
  [
    '500 JSON without error',
    always(status(500, {})),
    { result: 'unexpected_answer', ambiguous: true, hits: 3 },
  ],
  [
    '502 HTML',
    always(status(502, '<html>Bad gateway</html>')),
    { result: 'StripeAPIError', ambiguous: true, hits: 3 },
  ],
  [
    '503 with an error',
    always(status(503, error('api_error'))),
    { result: 'api_error', ambiguous: true, hits: 3 },
  ],
  [
    '429',
    always(status(429, error('rate_limit_error'))),
    { result: 'rate_limit_error', ambiguous: false, hits: 3 },
  ],
  [
    '429 that asks for a repeat',
    always(status(429, error('rate_limit_error'), { headers: { 'stripe-should-retry': 'true' } })),
    { result: 'rate_limit_error', ambiguous: false, hits: 3 },
  ],
  [
    '409 key in use',
    always(status(409, error('idempotency_error', { code: 'idempotency_key_in_use' }))),
    { result: 'idempotency_error', ambiguous: false, hits: 3 },
  ],
  [
    '400 key used with other parameters',
    status(400, error('idempotency_error')),
    { result: 'idempotency_error', ambiguous: false, hits: 1 },
  ],
  [
    '400',
    status(400, error('invalid_request_error', { param: 'expires_at' })),
    { result: 'invalid_request_error', ambiguous: false, hits: 1 },
  ],
  [
    '401',
    status(401, error('invalid_request_error')),
    { result: 'key_refused', ambiguous: false, hits: 1 },
  ],
  ['402', status(402, error('card_error')), { result: 'card_error', ambiguous: false, hits: 1 }],
  [
    '403',
    status(403, error('invalid_request_error')),
    { result: 'key_refused', ambiguous: false, hits: 1 },
  ],
  [
    'a reset connection',
    always({ kind: 'reset' }),
    { result: 'StripeConnectionError', ambiguous: true, hits: 3 },
  ],
  [
    '200 with half a body',
    { kind: 'truncate' },
    { result: 'StripeConnectionError', ambiguous: true, hits: 1 },
  ],
  [
    '200 without a body',
    always(status(200)),
    { result: 'StripeAPIError', ambiguous: true, hits: 1 },
  ],
  [
    '200 HTML',
    always(status(200, '<html></html>')),
    { result: 'StripeAPIError', ambiguous: true, hits: 1 },
  ],
  ['200 {}', status(200, {}), { result: 'unexpected_answer', ambiguous: true, hits: 1 }],
  ['200 null', status(200, 'null'), { result: 'TypeError', ambiguous: true, hits: 1 }],
  ['200 []', status(200, []), { result: 'unexpected_answer', ambiguous: true, hits: 1 }],
];

/** Sessions that no caller may be handed. */
const whole = checkoutSession();
const UNUSABLE: [string, object][] = [
  ['without an id', { id: undefined }],
  ['with the id of something else', { id: 'pi_1' }],
  ['with a number for an id', { id: 1 }],
  ['without a link', { url: null }],
  ['with an empty link', { url: '' }],
  ['with a link that runs a script', { url: 'javascript:alert(1)' }],
  ['with a link into a file', { url: 'file:///etc/passwd' }],
  ['with a link that is none', { url: 'checkout' }],
  ['in a state that nobody knows', { status: 'paused' }],
  ['without a state', { status: null }],
  ['without a payment state', { payment_status: undefined }],
  ['without an end', { expires_at: null }],
  ['with an end in words', { expires_at: 'tomorrow' }],
];

describe.concurrent('a session that Stripe is asked for', () => {
  it.each(TABLE)('and answers %s for', async (_what, fault, expected) => {
    expect(await creatingUnder(fault)).toMatchObject({ ...expected, keys: 1 });
  });

  it.each(UNUSABLE)('is not taken %s', async (_what, changes) => {
    const answer = status(200, { ...whole, ...changes });
    expect(await creatingUnder(answer)).toMatchObject({ ambiguous: true, hits: 1 });
  });

  it('is opened once when the first answer is a 500, under the same key', async () => {
    expect(await creatingUnder(status(500, error('api_error')))).toEqual({
      result: 'opened',
      hits: 2,
      keys: 1,
      sessions: 1,
    });
  });

  it.each([
    ['a reset', { kind: 'reset', accepted: true }],
    ['a 500', status(500, error('api_error'), { accepted: true })],
  ] as [string, Fault][])('is opened once when %s comes after the work', async (_what, fault) => {
    expect(await creatingUnder(fault)).toEqual({
      result: 'opened',
      hits: 2,
      keys: 1,
      sessions: 1,
    });
  });

  it('may exist although half of its answer was lost', async () => {
    expect(await creatingUnder({ kind: 'truncate' })).toMatchObject({
      ambiguous: true,
      sessions: 1,
    });
  });

  it('is given up for the moment after ten seconds, whatever the SDK is still trying', async () => {
    const startedAt = Date.now();
    const outcome = await creatingUnder(always({ kind: 'hang' }));
    expect(outcome).toMatchObject({ result: 'deadline', ambiguous: true, sessions: 0 });
    expect(Date.now() - startedAt).toBeLessThan(12_000);
  });

  it('says so when Stripe replays a failure that it saved under the key', async () => {
    const saved = status(500, error('api_error'), { saved: true });
    expect(await creatingUnder(saved)).toMatchObject({ ambiguous: true, keys: 1, sessions: 0 });
  });
});
