import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct } from './support/factories.js';
import type { Answer } from './support/problems.js';
import { bearer, sendBytes, sendRaw } from './support/raw-http.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
/** Behind https, as in production. */
let secure: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  secure = await TestApp.start({ beside: app, env: { APP_URL: 'https://shop.test' } });
  await createProduct(app);
});
afterAll(async () => {
  await secure.stop();
  await app.stop();
});

const CASES: readonly (readonly [string, (through: TestApp) => Promise<Answer>])[] = [
  ['a public answer', (through) => sendRaw(through, '/api/config')],
  [
    'an answer to a key',
    (through) => sendRaw(through, '/api/products', { headers: bearer(through, 'shop') }),
  ],
  ['a 401', (through) => sendRaw(through, '/api/orders')],
  [
    'a 404',
    (through) =>
      sendRaw(through, `/api/orders/${randomUUID()}`, { headers: bearer(through, 'shop') }),
  ],
  ['a route that does not exist', (through) => sendRaw(through, '/nothing')],
  [
    'a body that is no JSON',
    (through) =>
      sendRaw(through, '/api/orders', {
        method: 'POST',
        headers: { ...bearer(through, 'shop'), 'content-type': 'application/json' },
        body: '{',
      }),
  ],
  ['a page', (through) => sendRaw(through, '/payment/cancel?order_id=x')],
  ['the documentation', (through) => sendRaw(through, '/api/docs')],
  ['a refused webhook', (through) => sendRaw(through, '/api/webhook/stripe', { method: 'POST' })],
  ['a refused cron call', (through) => sendRaw(through, '/api/cron/payment-reminders')],
  ['an image that is not there', (through) => sendRaw(through, '/q/nothing.png')],
  ['the metrics', (through) => sendRaw(through, '/metrics')],
];

describe.each(CASES)('the headers of %s', (_what, request) => {
  it('let nothing from elsewhere in and nobody frame it', async () => {
    const { headers } = await request(app);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(headers['content-security-policy']).split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe-eval|script-src[^,]*unsafe|\*|https?:/);
  });

  it('do not say what the server is made of, and open it to no other origin', async () => {
    const { headers } = await request(app);
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('bind browsers to https where the shop is on https, and only there', async () => {
    expect((await request(app)).headers).not.toHaveProperty('strict-transport-security');
    expect((await request(secure)).headers['strict-transport-security']).toBe('max-age=31536000');
  });
});

describe('an answer that no route gives', () => {
  it.each([
    ['a path that cannot be read', '/api/orders/%zz', 400],
    ['an endless parameter', `/api/orders/${'x'.repeat(1_000)}`, 414],
  ])('is as closed as the others: %s', async (_what, path, status) => {
    const answer = await sendRaw(secure, path);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(CLOSED);
  });

  it('is as closed as the others: bytes that are no request', async () => {
    const answer = await sendBytes(secure, 'HELLO\r\n\r\n');
    for (const [name, value] of Object.entries(CLOSED))
      expect(answer).toContain(`${name}: ${value}`);
  });
});

const CLOSED = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000',
};
