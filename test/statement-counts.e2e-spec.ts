import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct, orderBody, readOrder } from './support/factories.js';
import { statementsOf } from './support/statement-count.js';
import { TestApp } from './support/test-app.js';

/** What the driver sends during one request, so that no round trip is added unseen. */
describe('placing an order', () => {
  let app: TestApp;
  let limited: TestApp;
  beforeAll(async () => {
    const limits = (most: string) => ({
      RATE_LIMIT_ORDERS: most,
      RATE_LIMIT_UNPAID_PER_NUMBER: most,
      RATE_LIMIT_UNPAID_PER_PREFIX: most,
      RATE_LIMIT_UNPAID_PER_DAY: most,
    });
    app = await TestApp.start({ env: limits('0') });
    limited = await TestApp.start({ beside: app, env: limits('1000') });
  });
  afterAll(async () => {
    await limited.stop();
    await app.stop();
  });

  const place = (through: TestApp, body: object, key?: string) => {
    const request = through.as('shop').post('/api/orders');
    return (key === undefined ? request : request.set('idempotency-key', key)).send(body);
  };
  const bodyOf = async (lines: number) => {
    const products = await Promise.all(Array.from({ length: lines }, () => createProduct(app)));
    return orderBody(app, { items: products.map(({ sku }) => ({ sku, quantity: 1 })) });
  };

  it.each([1, 2, 50])('is the order and its link, with %i lines as with one', async (lines) => {
    const body = await bodyOf(lines);
    const statements = await statementsOf(() => place(app, body).expect(201));
    expect(statements).toEqual([
      expect.stringContaining('INSERT INTO orders'),
      expect.stringContaining('INSERT INTO notifications'),
    ]);
  });

  it('claims and frees an Idempotency-Key around that, and binds it with the order', async () => {
    const body = await bodyOf(2);
    const statements = await statementsOf(() => place(app, body, randomUUID()).expect(201));
    expect(statements).toEqual([
      expect.stringContaining('INSERT INTO idempotency_keys'),
      expect.stringMatching(/UPDATE idempotency_keys.*INSERT INTO orders/s),
      expect.stringContaining('INSERT INTO notifications'),
      expect.stringContaining('DELETE FROM idempotency_keys'),
    ]);
  });

  it('counts the request with one statement more, and unpaid orders with a transaction', async () => {
    const body = await bodyOf(2);
    const statements = await statementsOf(() => place(limited, body).expect(201));
    expect(statements).toEqual([
      expect.stringContaining('rate_limits'),
      expect.stringContaining('FROM recent'),
      expect.stringContaining('INSERT INTO orders'),
      'COMMIT',
      expect.stringContaining('INSERT INTO notifications'),
    ]);
  });

  it('reads the order of a key that is known', async () => {
    const [key, body] = [randomUUID(), await bodyOf(2)];
    await place(app, body, key).expect(201);
    const statements = await statementsOf(() => place(app, body, key).expect(200));
    expect(statements).toHaveLength(2);
  });

  it('that is refused is one statement', async () => {
    const body = await orderBody(app, { items: [{ sku: 'NO-SUCH-TYRE', quantity: 1 }] });
    const statements = await statementsOf(() => place(app, body).expect(422));
    expect(statements).toHaveLength(1);
  });

  it('reads an order with one statement', async () => {
    const { body } = await place(app, await bodyOf(3)).expect(201);
    const id = (body as { id: string }).id;
    expect(await statementsOf(() => readOrder(app, id))).toHaveLength(1);
  });
});
