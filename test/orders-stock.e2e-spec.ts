import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from './support/checkout.js';
import { createProduct, orderBody, placeOrder } from './support/factories.js';
import { expectNothingDone } from './support/footprint.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
/** A second instance on the same database: no lock in memory can help. */
let other: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

describe('the stock', () => {
  it('is sold once: 20 orders at once for the last 5 pieces are 5 sales and 15 refusals', async () => {
    const { sku } = await createProduct(app, { stock: 5 });
    const bodies = await Promise.all(
      Array.from({ length: 20 }, () => orderBody(app, { items: [{ sku, quantity: 1 }] })),
    );
    const answers = await Promise.all(
      bodies.map(async (body, index) =>
        [app, other][index % 2]!.as('shop').post('/api/orders').send(body),
      ),
    );
    const sold = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(sold).toHaveLength(5);
    expect(refused).toHaveLength(15);
    for (const answer of refused) {
      const problem = expectProblem(answer, 409, 'insufficient_stock', ['items[0].quantity']);
      expect(problem.errors![0]!.message).toBe('only 0 left');
    }
    expect(await stockOf(app, sku)).toBe(0);
    const [count] = await app.sql(`SELECT count(*)::int FROM order_items WHERE sku = $1`, [sku]);
    expect(count).toEqual({ count: 5 });
  });

  it('is taken for all lines or none, and every line at fault is named', async () => {
    const [plenty, few, none] = [
      await createProduct(app, { stock: 10 }),
      await createProduct(app, { stock: 2 }),
      await createProduct(app, { stock: 0 }),
    ];
    const body = await orderBody(app, {
      items: [
        { sku: plenty.sku, quantity: 10 },
        { sku: few.sku, quantity: 3 },
        { sku: none.sku, quantity: 1 },
      ],
    });
    const answer = await expectNothingDone(app, async () =>
      app.as('shop').post('/api/orders').send(body),
    );
    const problem = expectProblem(answer, 409, 'insufficient_stock');
    expect(problem.errors).toEqual([
      { path: 'items[1].quantity', message: 'only 2 left' },
      { path: 'items[2].quantity', message: 'only 0 left' },
    ]);
  });

  it('may be sold to the last piece by one order', async () => {
    const { sku } = await createProduct(app, { stock: 3 });
    await placeOrder(app, { items: [{ sku, quantity: 3 }] });
    expect(await stockOf(app, sku)).toBe(0);
  });

  it('never locks two orders into each other that name the same products the other way round', async () => {
    const products = await Promise.all(
      Array.from({ length: 6 }, () => createProduct(app, { stock: 1_000 })),
    );
    const forth = products.map(({ sku }) => ({ sku, quantity: 1 }));
    const back = forth.toReversed();
    const bodies = await Promise.all(
      Array.from({ length: 40 }, (_none, index) =>
        orderBody(app, { items: index % 2 === 0 ? forth : back }),
      ),
    );
    const answers = await Promise.all(
      bodies.map(async (body, index) =>
        [app, other][index % 3 === 0 ? 1 : 0]!.as('shop').post('/api/orders').send(body),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 201));
    expect(await Promise.all(products.map(({ sku }) => stockOf(app, sku)))).toEqual(
      products.map(() => 960),
    );
  });

  it('stays right while the same products are sold and given back', async () => {
    const products = await Promise.all(
      Array.from({ length: 3 }, () => createProduct(app, { stock: 100 })),
    );
    const items = products.map(({ sku }) => ({ sku, quantity: 2 }));
    const orders = await Promise.all(Array.from({ length: 8 }, () => placeOrder(app, { items })));
    await Promise.all([
      ...orders.map(({ id }, index) =>
        [app, other][index % 2]!.as('admin').post(`/api/orders/${id}/cancel`).expect(200),
      ),
      ...orders.map(() => placeOrder(app, { items: items.toReversed() })),
    ]);
    expect(await Promise.all(products.map(({ sku }) => stockOf(app, sku)))).toEqual([84, 84, 84]);
  });
});
