import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchesSecret, matchingDigests, digestOf } from '../../src/common/secret-digest.js';
import { placeOrder } from '../support/factories.js';
import { expectNothingDone } from '../support/footprint.js';
import { expectProblem } from '../support/problems.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

const CRON = '/api/cron/payment-reminders';
const REFUSALS = 20;

let app: TestApp;
let guarded: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  guarded = await TestApp.start({
    beside: app,
    env: { RATE_LIMIT_REFUSALS: String(REFUSALS) },
  });
});
afterAll(async () => {
  await guarded.stop();
  await app.stop();
});

const knock = (authorization: string | undefined, path = CRON, at = app) =>
  sendRaw(at, path, { headers: authorization === undefined ? {} : { authorization } });

describe('S6 the secret of the cron routes', () => {
  it('opens only whole, as a bearer, in its header', async () => {
    const secret = app.config.access.cronSecret;
    const wrong = [
      undefined,
      '',
      'Bearer',
      `Bearer ${secret[0]}`,
      `Bearer ${secret.slice(0, -1)}`,
      `Bearer ${secret}0`,
      `Bearer ${secret.toUpperCase()}`,
      `Bearer ${'x'.repeat(8_000)}`,
      `Basic ${Buffer.from(`:${secret}`).toString('base64')}`,
      secret,
    ];
    for (const authorization of wrong) {
      const answer = await expectNothingDone(app, () => knock(authorization));
      expect(answer).toMatchObject({ status: 401, body: { error: 'Unauthorized' } });
    }
    for (const query of [
      `secret=${secret}`,
      `token=${secret}`,
      `authorization=Bearer%20${secret}`,
    ]) {
      expect((await knock(undefined, `${CRON}?${query}`)).status).toBe(401);
    }
    expect((await knock(`Bearer ${secret}`)).status).toBe(200);
    expect(JSON.stringify(app.logs)).not.toContain(secret);
  });

  it('is not found by a thousand tries, which are stopped, while the scheduler still comes in', async () => {
    const secret = app.config.access.cronSecret;
    const statuses: number[] = [];
    const began = Date.now();
    for (let batch = 0; batch < 20; batch += 1) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_none, n) =>
          knock(`Bearer ${secret.slice(0, -3)}${batch}${n}`, CRON, guarded),
        ),
      );
      statuses.push(...answers.map(({ status }) => status));
    }
    // A minute may end meanwhile, which gives as many tries again.
    const windows = 2 + Math.floor((Date.now() - began) / 60_000);
    const looked = statuses.filter((status) => status === 401).length;
    expect(looked).toBeGreaterThanOrEqual(REFUSALS);
    expect(looked).toBeLessThanOrEqual(windows * REFUSALS);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1_000 - looked);
    expect((await knock(`Bearer ${secret}`, CRON, guarded)).status).toBe(200);
    expect(JSON.stringify(guarded.logs)).not.toContain(secret.slice(0, -3));
  });

  it('is compared as a digest, in constant time, whatever the length of the guess', () => {
    const secret = 'a-secret-of-some-length';
    for (const guess of [
      '',
      'a',
      secret.slice(0, -1),
      `${secret}x`,
      'x'.repeat(100_000),
      '\u{1f6de}',
    ]) {
      expect(matchesSecret(guess, digestOf(secret))).toBe(false);
      expect(matchingDigests(guess, [digestOf(secret), digestOf('other')])).toEqual([]);
    }
    expect(matchesSecret(secret, digestOf(secret))).toBe(true);
  });

  it.each([
    ['common/secret-digest.ts', /timingSafeEqual\(/],
    ['access/api-keys.ts', /matchingDigests\(/],
    ['access/cron-secret.guard.ts', /matchesSecret\(/],
    ['http/docs-guard.ts', /keys\.roleOf\(/],
    ['pickup/pickup-token.ts', /timingSafeEqual\(/],
    ['channels/twilio-signature.guard.ts', /validateRequest\(/],
    ['stripe/stripe-webhook-signature.ts', /constructEvent\w*\(/],
  ])('is never compared letter by letter: %s', (file, comparison) => {
    const path = fileURLToPath(new URL(`../../src/${file}`, import.meta.url));
    const source = readFileSync(path, 'utf8');
    expect(source).toMatch(comparison);
    expect(source).not.toMatch(
      /(?:secret|key|token|signature|mac)\w* ?[!=]== ?(?!null|undefined|''|'string'|-1)\w/i,
    );
  });
});

describe('S1 an order of somebody else', () => {
  const PATHS: readonly (readonly [string, (id: string) => string])[] = [
    ['GET', (id) => `/api/orders/${id}`],
    ['POST', (id) => `/api/orders/${id}/checkout-session`],
    ['POST', (id) => `/api/orders/${id}/cancel`],
    ['POST', (id) => `/api/orders/${id}/reminders`],
    ['GET', (id) => `/api/orders/${id}/timeline`],
  ];

  it('answers a stranger exactly like an order that does not exist', async () => {
    const { id } = await placeOrder(app);
    const unknown = randomUUID();
    const shown = ({ status, body }: { status: number; body: unknown }) =>
      JSON.stringify({ status, body }).replaceAll(id, '{id}').replaceAll(unknown, '{id}');
    for (const [method, path] of PATHS) {
      const [real, none] = [
        await sendRaw(app, path(id), { method }),
        await sendRaw(app, path(unknown), { method }),
      ];
      expectProblem(real, 401, 'unauthorized');
      expect(shown(real)).toBe(shown(none));
      expect(Object.keys(real.headers)).toEqual(Object.keys(none.headers));
    }
  });

  it('is looked up only after the key was checked, so that time tells nothing either', async () => {
    const { id } = await placeOrder(app);
    await app.sql(`ALTER TABLE orders RENAME TO orders_away`);
    try {
      for (const [method, path] of PATHS) {
        expect((await sendRaw(app, path(id), { method })).status).toBe(401);
      }
    } finally {
      await app.sql(`ALTER TABLE orders_away RENAME TO orders`);
    }
  });

  it('cannot be reached by its number or by counting', async () => {
    const order = await placeOrder(app);
    for (const id of [order.orderNumber, order.orderNumber.slice(-6), '1', order.customer.id]) {
      const answer = await sendRaw(app, `/api/orders/${id}`, { headers: bearer(app, 'shop') });
      expect([400, 404]).toContain(answer.status);
    }
    const pages = [
      `/payment/cancel?order_id=${order.orderNumber}`,
      `/payment/cancel?order_id=${order.customer.id}`,
      `/payment/success?session_id=${order.id}`,
      `/payment/success?session_id=cs_test_${'0'.repeat(58)}`,
      `/payment/cancel?order_id=${randomUUID()}`,
    ];
    const answers = await Promise.all(pages.map((path) => sendRaw(app, path)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${String(body)}`)).size).toBe(1);
  });

  it('shows who bought on no page, to whoever holds its address', async () => {
    const order = await placeOrder(app, {
      customer: { firstName: 'Perlette', lastName: 'Quidam', email: 'perlette@quidam.example' },
    });
    for (const path of [
      `/payment/cancel?order_id=${order.id}`,
      `/payment/success?session_id=${order.stripeSessionId}`,
    ]) {
      const { status, body } = await sendRaw(app, path);
      expect(status).toBe(200);
      expect(String(body)).not.toMatch(/Perlette|Quidam|quidam\.example/);
      expect(String(body)).not.toContain(order.customer.phoneNumber);
    }
  });
});
