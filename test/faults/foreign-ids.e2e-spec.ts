import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct, placeOrder } from '../support/factories.js';
import { expectNothingDone } from '../support/footprint.js';
import { expectProblem } from '../support/problems.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const ROUTES: readonly (readonly [string, (id: string) => string, string])[] = [
  ['GET', (id) => `/api/orders/${id}`, 'order_not_found'],
  ['GET', (id) => `/api/orders/${id}/timeline`, 'order_not_found'],
  ['POST', (id) => `/api/orders/${id}/checkout-session`, 'order_not_found'],
  ['POST', (id) => `/api/orders/${id}/cancel`, 'order_not_found'],
  ['POST', (id) => `/api/orders/${id}/reminders`, 'order_not_found'],
  ['GET', (id) => `/api/products/${id}`, 'product_not_found'],
  ['PATCH', (id) => `/api/products/${id}`, 'product_not_found'],
];

const MALFORMED = [
  'abc',
  '1',
  '-1',
  'null',
  'undefined',
  '[object%20Object]',
  `${randomUUID()}x`,
  randomUUID().slice(1),
  randomUUID().replaceAll('-', ''),
  `%7B${randomUUID()}%7D`,
  `${randomUUID()}%00`,
  `${randomUUID()}%0a`,
  `'%20OR%20true--`,
  '..%2f..%2fetc%2fpasswd',
  '%F0%9F%9B%9E',
  'GC-2026-000001',
];

describe.each(ROUTES)('S1 %s', (method, path, unknownCode) => {
  const ask = (id: string) =>
    expectNothingDone(app, () => sendRaw(app, path(id), { method, headers: bearer(app, 'admin') }));

  it(`${path('{id}')} answers 404 for an id that nothing has`, async () => {
    expectProblem(await ask(randomUUID()), 404, unknownCode);
  });

  it(`${path('{id}')} answers 400 for what is no id`, async () => {
    for (const id of MALFORMED) {
      const answer = await ask(id);
      expectProblem(answer, 400, 'bad_request');
      expect(JSON.stringify((answer.body as { detail: string }).detail)).not.toContain(id);
    }
  });

  it(`${path('{id}')} answers 414 for an endless one`, async () => {
    expectProblem(await ask('a'.repeat(5_000)), 414, 'uri_too_long');
  });
});

it('takes an id in capitals for the same', async () => {
  const [order, product] = [await placeOrder(app), await createProduct(app)];
  const { body } = await app.as('shop').get(`/api/orders/${order.id.toUpperCase()}`).expect(200);
  expect(body).toEqual(order);
  const found = await app.as('shop').get(`/api/products/${product.id.toUpperCase()}`).expect(200);
  expect(found.body).toEqual(product);
});
