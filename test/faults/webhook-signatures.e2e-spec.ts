import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { charge } from '../../src/sandbox/stripe-double/factories/charge.factory.js';
import { event } from '../../src/sandbox/stripe-double/factories/event.factory.js';
import { signatureHeader } from '../../src/sandbox/stripe-double/webhook-delivery.js';
import { placeOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { databaseDigest, factsOf, outcomeOf } from '../support/order-facts.js';
import { PATIENTLY } from '../support/patience.js';
import { type PostOptions, postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const OTHER_SECRET = 'whsec_another0000000000000000000';
const NEXT_SECRET = 'whsec_next00000000000000000000000';
const now = (): number => Math.floor(Date.now() / 1_000);

describe('a webhook call', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({
      config: (config) => ({
        ...config,
        stripe: {
          ...config.stripe,
          webhookSecrets: [...config.stripe.webhookSecrets, NEXT_SECRET],
        },
      }),
    });
  });
  afterAll(() => app.stop());

  /** A payment that would be applied if the call were believed. */
  const paidAtStripe = async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
    return { order, completed, text: JSON.stringify(completed, null, 2) };
  };
  const secretOf = () => app.config.stripe.webhookSecrets[0]!;

  type Forgery = [what: string, forge: (text: string) => PostOptions, reason: string];
  const FORGED: Forgery[] = [
    ['without a signature', () => ({ signature: null }), 'missing'],
    ['with an empty signature', () => ({ signature: '' }), 'missing'],
    ['signed with another secret', () => ({ secret: OTHER_SECRET }), 'mismatch'],
    ['signed with an empty secret', () => ({ secret: ' ' }), 'mismatch'],
    [
      'with a signature that is made up',
      () => ({ signature: `t=${now()},v1=${'0'.repeat(64)}` }),
      'mismatch',
    ],
    [
      'with a signature of the wrong length',
      () => ({ signature: `t=${now()},v1=abc` }),
      'mismatch',
    ],
    [
      'with a signature without a time',
      (text) => ({ signature: signatureHeader(text, secretOf()).replace(/t=\d+,/, '') }),
      'mismatch',
    ],
    [
      'with a time that is no number',
      (text) => ({ signature: signatureHeader(text, secretOf()).replace(/t=\d+/, 't=soon') }),
      'mismatch',
    ],
    [
      'with its time moved by a second',
      (text) => ({
        signature: signatureHeader(text, secretOf(), now() - 9).replace(/t=\d+/, `t=${now() - 8}`),
      }),
      'mismatch',
    ],
    [
      'with the scheme v0 only',
      (text) => ({ signature: signatureHeader(text, secretOf()).replace('v1=', 'v0=') }),
      'mismatch',
    ],
    ['with words instead of a signature', () => ({ signature: 'trust me' }), 'mismatch'],
  ];
  const STALE: Forgery[] = [
    ['signed 301 seconds ago', () => ({ timestamp: now() - 301 }), 'timestamp'],
    ['signed a day ago', () => ({ timestamp: now() - 86_400 }), 'timestamp'],
  ];
  const EARLY: Forgery[] = [
    ['signed in an hour', () => ({ timestamp: now() + 3_600 }), 'timestamp'],
    ['signed in 400 seconds', () => ({ timestamp: now() + 400 }), 'timestamp'],
  ];
  const CHANGED: Forgery[] = [
    ['whose body lost a byte', (text) => ({ signedText: `${text} ` }), 'mismatch'],
    [
      'whose amount was changed by a digit',
      (text) => ({ signedText: text.replace('25990', '25991') }),
      'mismatch',
    ],
    [
      'that was parsed and written again on its way',
      (text) => ({ signedText: JSON.stringify(JSON.parse(text)) }),
      'mismatch',
    ],
    ['whose signature is of another body', () => ({ signedText: '{}' }), 'mismatch'],
  ];

  /** Of each call its level and reason, as the log must tell them. */
  const refusals: string[] = [];

  const isRefused = async (...[, forge, reason]: Forgery): Promise<void> => {
    const { text, completed } = await paidAtStripe();
    const before = await databaseDigest(app);
    const answer = await postWebhook(app, text, forge(text));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    // The caller learns that the signature failed, and nothing of how.
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'invalid_signature',
      detail: 'The webhook signature could not be verified.',
      instance: '/api/webhook/stripe',
    });
    expect(await databaseDigest(app)).toEqual(before);
    refusals.push(`${reason === 'timestamp' ? 'error' : 'warn'} ${reason}`);
    // The same event, honestly signed, is still good.
    expect((await postWebhook(app, text)).status).toBe(200);
    expect(await outcomeOf(app, completed.id)).toBe('applied payment_confirmed');
  };

  it.each(FORGED)('W5 %s is answered 400 and writes nothing', isRefused);
  it.each(STALE)('W6 %s is answered 400 and writes nothing', isRefused);
  it.each(EARLY)('W7 %s is answered 400, writes nothing and is an error in the log', isRefused);
  it.each(CHANGED)('W9 %s is answered 400 and writes nothing', isRefused);

  it('W5 W6 W7 W9 each of these stands in the log, several of one second in one line with their number', async () => {
    await vi.waitFor(() => {
      const told = linesOf(app, 'stripe_event.refused').flatMap(({ level, reason, refused = 1 }) =>
        Array.from({ length: Number(refused) }, () => `${String(level)} ${String(reason)}`),
      );
      expect(told.toSorted()).toEqual(refusals.toSorted());
    }, PATIENTLY);
  });

  type Genuine = [what: string, sign: (text: string) => PostOptions];
  const IN_TIME: Genuine[] = [
    ['signed just now', () => ({})],
    ['signed 299 seconds ago', () => ({ timestamp: now() - 299 })],
    ['signed by a clock that is a minute ahead', () => ({ timestamp: now() + 60 })],
  ];
  const ROLLED: Genuine[] = [
    ['signed with the second of two configured secrets', () => ({ secret: NEXT_SECRET })],
    ['signed with both while a secret is rolled', () => ({ secret: [OTHER_SECRET, secretOf()] })],
    ['signed with both, ours first', () => ({ secret: [secretOf(), OTHER_SECRET] })],
    [
      'with a v0 beside its v1',
      (text) => ({ signature: `${signatureHeader(text, secretOf())},v0=${'6'.repeat(64)}` }),
    ],
  ];
  const JSON_TYPES: Genuine[] = [
    [
      'as application/json without a charset',
      () => ({ headers: { 'content-type': 'application/json' } }),
    ],
    [
      'as application/json; charset=UTF-8',
      () => ({ headers: { 'content-type': 'application/json; charset=UTF-8' } }),
    ],
  ];

  const isTaken = async (...[, sign]: Genuine): Promise<void> => {
    const { order, text } = await paidAtStripe();
    const answer = await postWebhook(app, text, sign(text));
    expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
    expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
  };

  it.each(IN_TIME)('W6 %s is taken', isTaken);
  it.each(ROLLED)('W8 %s is taken', isTaken);
  it.each(JSON_TYPES)('W12 %s is taken', isTaken);

  it('W9 is verified over its exact bytes: indentation, order, escapes and accents are Stripe’s own', async () => {
    const { order, completed } = await paidAtStripe();
    const { data, ...rest } = completed;
    const shuffled = { data, note: 'Café à Saint-François — 50 € 🛞', ...rest };
    const text = JSON.stringify(shuffled, null, '\t').replaceAll('é', '\\u00e9');
    expect((await postWebhook(app, `${text}\r\n`)).status).toBe(200);
    expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
  });

  it('of 200 KiB is taken as it is', async () => {
    const large = event('charge.updated', charge({ description: 'é'.repeat(100_000) }));
    expect((await postWebhook(app, JSON.stringify(large))).status).toBe(200);
    expect(await outcomeOf(app, large.id)).toBe('ignored unhandled_type');
  });

  it('W5 needs no API key, and is not helped by one', async () => {
    const { text } = await paidAtStripe();
    const headers = { authorization: `Bearer ${app.config.access.adminKeys[0]}` };
    expect((await postWebhook(app, text, { signature: null, headers })).status).toBe(400);
    expect((await postWebhook(app, text)).status).toBe(200);
  });
});

describe('an application that ends', () => {
  it('tells of the forged calls it has counted and not told of yet', async () => {
    const app = await TestApp.start();
    const forged = { signature: `t=${now()},v1=${'0'.repeat(64)}` };
    for (let call = 0; call < 5; call += 1) await postWebhook(app, '{}', forged);
    await app.stop();
    const told = linesOf(app, 'stripe_event.refused').map(({ refused = 1 }) => Number(refused));
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(5);
  });
});
