import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutSessionParams } from '../src/orders/checkout-session-params.js';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { sessionsAtStripe, stockOf } from './support/checkout.js';
import { aPhone, createProduct, orderBody } from './support/factories.js';
import { footprint } from './support/footprint.js';
import { untilWaiting } from './support/held-lock.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let capped: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  const env = { RATE_LIMIT_UNPAID_PER_NUMBER: '2' };
  capped = await TestApp.start({ beside: app, env });
});
afterAll(async () => {
  await capped.stop();
  await app.stop();
});

const place = (body: object, through = app) => through.as('shop').post('/api/orders').send(body);

/**
 * The order's statement has begun and waits for a row that another transaction has changed; that is
 * committed, and the statement finds the row as it is by then. Answers what the request got.
 */
async function placeDuring(body: object, change: string, values: unknown[], through = app) {
  const other = new Client({ connectionString: app.database.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query(change, values);
    const placing = place(body, through).then((answer) => answer);
    await untilWaiting(app, 1);
    await other.query('COMMIT');
    return await placing;
  } finally {
    await other.end();
  }
}

describe('the answer to an order that was just placed', () => {
  it.each(['app', 'capped'] as const)(
    'is to the byte what reading it answers (%s)',
    async (name) => {
      const through = name === 'app' ? app : capped;
      const phoneNumber = aPhone();
      const told = [
        { firstName: 'Aline', email: 'aline@example.com' },
        { lastName: 'Moreau-Petit', locale: 'en' },
      ];
      for (const customer of told) {
        const products = [
          await createProduct(app),
          await createProduct(app, { brand: 'Énergie "4"' }),
        ];
        const items = products.map(({ sku }, index) => ({ sku, quantity: index + 1 }));
        const placed = await place({ customer: { phoneNumber, ...customer }, items }, through);
        const { id } = placed.body as OrderResponse;
        const read = await app.as('shop').get(`/api/orders/${id}`).expect(200);
        expect(placed.status).toBe(201);
        expect(placed.text).toBe(read.text);
        expect(placed.headers['content-type']).toBe(read.headers['content-type']);
      }
    },
  );

  it('is so without a link too', async () => {
    app.doubles.stripe.faults.add({
      method: 'POST',
      path: /^\/v1\/checkout\/sessions$/,
      kind: 'status',
      status: 400,
      body: { error: {} },
    });
    const placed = await place(await orderBody(app)).expect(202);
    app.doubles.stripe.faults.clear();
    const { id } = placed.body as OrderResponse;
    const read = await app.as('shop').get(`/api/orders/${id}`).expect(200);
    expect(placed.text).toBe(read.text);
  });
});

describe('the intent of an order that was just placed', () => {
  it.each(['app', 'capped'] as const)('says what that of a later link does (%s)', async (name) => {
    const through = name === 'app' ? app : capped;
    const products = [await createProduct(app), await createProduct(app, { brand: 'Énergie "4"' })];
    const items = products.map(({ sku }, index) => ({ sku, quantity: index + 1 }));
    const placed = await place(await orderBody(app, { items }), through).expect(201);
    const order = placed.body as OrderResponse;
    const [intent] = await app.sql<{ params: unknown; expiresAt: Date }>(
      `SELECT params, expires_at AS "expiresAt" FROM checkout_sessions WHERE order_id = $1`,
      [order.id],
    );
    const payable = { ...order, customerId: order.customer.id };
    const { params, expiresAt } = intent!;
    expect(params).toEqual(checkoutSessionParams(payable, expiresAt, through.config));
  });
});

describe('an order that is overtaken before it is written', () => {
  it('has the price and the name of the instant at which its stock is taken', async () => {
    const product = await createProduct(app, { unitAmount: 10_000 });
    const body = await orderBody(app, { items: [{ sku: product.sku, quantity: 2 }] });
    // It was sold once as it was before.
    await place(body).expect(201);
    const change = `UPDATE products SET unit_amount = 12000, brand = 'Kleber', model = 'Été "4"'
                     WHERE id = $1`;
    body.customer.phoneNumber = aPhone();
    const answer = await placeDuring(body, change, [product.id]);
    const order = answer.body as OrderResponse;
    expect([answer.status, order.totalAmount]).toEqual([201, 24_000]);
    const line = { brand: 'Kleber', model: 'Été "4"', unitAmount: 12_000, lineAmount: 24_000 };
    expect(order.items).toMatchObject([line]);
    const read = await app.as('shop').get(`/api/orders/${order.id}`).expect(200);
    expect(answer.text).toBe(read.text);
    expect(await stockOf(app, product.sku)).toBe(6);
    expect(sessionsAtStripe(app, order.id)).toMatchObject([{ amount_total: 24_000 }]);
    const [intent] = await app.sql<{ name: string }>(
      `SELECT params #>> '{line_items,0,price_data,product_data,name}' AS name
         FROM checkout_sessions WHERE order_id = $1`,
      [order.id],
    );
    expect(intent).toEqual({ name: 'Kleber Été "4"' });
    const stored = await app.sql(
      `SELECT count(*)::int AS orders FROM orders o JOIN customers c ON c.id = o.customer_id
        WHERE c.phone_number = $1`,
      [body.customer.phoneNumber],
    );
    expect(stored).toEqual([{ orders: 1 }]);
  });

  it.each([
    ['sold to others', 'stock = 1', 409, 'insufficient_stock'],
    ['no longer for sale', 'active = false', 422, 'unknown_product'],
    ['sold under another sku', `sku = 'RENAMED-' || id`, 422, 'unknown_product'],
    ['priced in another currency', `currency = 'usd'`, 422, 'mixed_currencies'],
    ['priced beyond what can be charged', 'unit_amount = 99999999', 400, 'amount_out_of_range'],
    ['priced as high as can be', 'unit_amount = 2147483647', 400, 'amount_out_of_range'],
  ])(
    'is refused when its tyres are %s, and leaves nothing',
    async (_what, change, status, code) => {
      const [one, other] = [await createProduct(app), await createProduct(app)];
      const items = [one, other].map(({ sku }) => ({ sku, quantity: 2 }));
      const body = await orderBody(app, { items });
      const before = await footprint(app);
      const sql = `UPDATE products SET ${change} WHERE id = $1`;
      const answer = await placeDuring(body, sql, [other.id]);
      expectProblem(answer, status, code);
      const after = await footprint(app);
      expect({ ...after, products: null }).toEqual({ ...before, products: null });
      expect(await stockOf(app, one.sku)).toBe(10);
    },
  );

  it('keeps one customer when the number was new to both', async () => {
    const body = await orderBody(app);
    const change = `INSERT INTO customers (phone_number, email) VALUES ($1, 'first@example.com')`;
    const answer = await placeDuring(body, change, [body.customer.phoneNumber]);
    const order = answer.body as OrderResponse;
    expect(answer.status).toBe(201);
    expect(order.customer).toMatchObject({ firstName: 'Aline', email: 'first@example.com' });
    const [session] = sessionsAtStripe(app, order.id);
    expect(session!.metadata).toMatchObject({ customerId: order.customer.id });
    expect(await stockOf(app, body.items[0]!.sku)).toBe(8);
  });

  it('is counted anew when its number was new, and another order has brought it meanwhile', async () => {
    const body = await orderBody(app);
    const change = `
      WITH customer AS (INSERT INTO customers (phone_number) VALUES ($1) RETURNING id)
      INSERT INTO orders (order_number, customer_id, currency, total_amount)
      SELECT 'GC-TEST-' || id || n, id, 'eur', 100 FROM customer, generate_series(1, 2) AS n`;
    const answer = await placeDuring(body, change, [body.customer.phoneNumber], capped);
    expectProblem(answer, 429, 'too_many_orders');
    expect(await stockOf(app, body.items[0]!.sku)).toBe(10);
  });

  it('is counted anew when another order of its number was faster', async () => {
    const body = await orderBody(app);
    const { phoneNumber } = body.customer;
    const first = (await place(body, capped).expect(201)).body as OrderResponse;
    const change = `
      WITH customer AS (UPDATE customers SET updated_at = now() WHERE id = $1 RETURNING id)
      INSERT INTO orders (order_number, customer_id, currency, total_amount)
      SELECT 'GC-TEST-' || id, id, 'eur', 100 FROM customer`;
    const answer = await placeDuring(body, change, [first.customer.id], capped);
    expectProblem(answer, 429, 'too_many_orders');
    const stored = await app.sql(
      `SELECT FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.phone_number = $1`,
      [phoneNumber],
    );
    expect(stored).toHaveLength(2);
    expect(await stockOf(app, body.items[0]!.sku)).toBe(8);
  });
});
