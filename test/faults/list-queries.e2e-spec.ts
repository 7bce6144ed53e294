import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct, placeOrder } from '../support/factories.js';
import { expectProblem } from '../support/problems.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  await placeOrder(app);
  await placeOrder(app);
});
afterAll(() => app.stop());

const list = (query: Record<string, unknown> = {}) =>
  app.as('admin').get('/api/orders').query(query);

describe('S21 a list', () => {
  it.each([['1e9'], ['101'], ['0'], ['-1'], ['1.5'], ['abc'], [''], ['99999999999999999999']])(
    'refuses limit=%s',
    async (limit) => {
      expectProblem(await list({ limit }), 400, 'validation_failed', ['limit']);
    },
  );

  it('refuses a cursor that no list of ours has answered', async () => {
    const { nextCursor } = (await list({ limit: 1 }).expect(200)).body as { nextCursor: string };
    await createProduct(app);
    const products = await app.as('shop').get('/api/products?limit=1').expect(200);
    const forged = [
      'x',
      '0',
      `${nextCursor}x`,
      nextCursor.toUpperCase(),
      products.body.nextCursor as string,
      Buffer.from(randomUUID()).toString('base64url'),
      Buffer.from(`' OR true --`).toString('base64url'),
      Buffer.from('-'.repeat(36)).toString('base64url'),
    ];
    for (const cursor of forged) {
      expectProblem(await list({ cursor }), 400, 'invalid_cursor', ['cursor']);
    }
    const foreign = await app.as('shop').get('/api/products').query({ cursor: 'x' });
    expectProblem(foreign, 400, 'invalid_cursor', ['cursor']);
  });

  it.each([
    ['limit=5&limit=6', ['limit']],
    ['cursor=a&cursor=b', ['cursor']],
    ['status=pending&status=cancelled', ['status']],
    ['q=a&q=b', ['q']],
    ['createdFrom=2026-01-01T00:00:00Z&createdFrom=2026-01-02T00:00:00Z', ['createdFrom']],
    ['limit[]=5', ['limit[]']],
    ['status[0]=pending', ['status[0]']],
    ['offset=1', ['offset']],
    ['__proto__=1', ['__proto__']],
    ['constructor=1', ['constructor']],
  ])('refuses ?%s', async (query, paths) => {
    const answer = await app.as('admin').get(`/api/orders?${query}`);
    expectProblem(answer, 400, 'validation_failed', paths);
  });
});

const SQL = [
  `Robert'); DROP TABLE orders;--`,
  `' OR '1'='1`,
  `'; UPDATE orders SET payment_status = 'paid';--`,
  `$1 || pg_sleep(10)`,
  `\\' UNION SELECT secret FROM pickup_passes --`,
];

describe('S11 what looks like SQL', () => {
  it.each(SQL)('is kept and found as the text it is: %s', async (text) => {
    const customer = { firstName: text, lastName: text };
    const order = await placeOrder(app, { customer });
    expect(order.customer).toMatchObject(customer);
    const { body } = await app.as('shop').get(`/api/orders/${order.id}`).expect(200);
    expect(body).toEqual(order);
    expect((await list({ q: text.slice(0, 40) }).expect(200)).body.data).toEqual([]);
    expect((await list({ q: order.orderNumber }).expect(200)).body.data).toEqual([order]);
  });

  it.each(['sort', 'order', 'orderBy', 'sortBy', 'fields', 'filter'])(
    'has no ?%s to stand in: the order of a list is ours',
    async (name) => {
      const answer = await list({ [name]: 'created_at; DROP TABLE orders' });
      expectProblem(answer, 400, 'validation_failed', [name]);
    },
  );
});

describe('S11 the search', () => {
  it.each([
    ['%'],
    ['_'],
    ['%%'],
    ['GC-%'],
    ['GC_2'],
    ['\\'],
    ['\\%'],
    ['+'],
    ["'"],
    ["' OR 1=1--"],
  ])('takes %s for the word itself and finds nothing', async (q) => {
    const { body } = await list({ q }).expect(200);
    expect(body).toEqual({ data: [], nextCursor: null });
  });

  it.each([[''], ['x'.repeat(41)], ['a\u0000b'], ['a\nb']])('refuses %j', async (q) => {
    expectProblem(await list({ q }), 400, 'validation_failed', ['q']);
  });
});
