import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProductResponse } from '../src/catalog/dto/product.response.js';
import { stockOf } from './support/checkout.js';
import { aSku, createProduct, orderBody, placeOrder, readOrder } from './support/factories.js';
import { expectNothingDone } from './support/footprint.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const PRODUCT = { brand: 'Michelin', model: 'Primacy 4', unitAmount: 12_995, stock: 3 };

describe('POST /api/products', () => {
  it('answers 201 with the whole product, at the place Location names', async () => {
    const sku = aSku();
    const answer = await app
      .as('admin')
      .post('/api/products')
      .send({ sku, ...PRODUCT })
      .expect(201);
    const { id } = answer.body;
    expect(answer.body).toEqual({ id, sku, ...PRODUCT, currency: 'eur', active: true });
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(answer.headers['location']).toBe(`/api/products/${id}`);
    const read = await app.as('shop').get(answer.headers['location']!).expect(200);
    expect(read.body).toEqual(answer.body);
  });

  it('answers 409 for a sku that is taken, even to requests at the same instant', async () => {
    const body = { sku: aSku(), ...PRODUCT };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => app.as('admin').post('/api/products').send(body)),
    );
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(4);
    for (const answer of refused) expectProblem(answer, 409, 'sku_taken');
  });

  it.each([
    ['without a body', {}, ['sku', 'brand', 'model', 'unitAmount', 'stock']],
    ['a sku with a space', { ...PRODUCT, sku: 'A B' }, ['sku']],
    ['a sku of 65 characters', { ...PRODUCT, sku: 'A'.repeat(65) }, ['sku']],
    ['a price of 0', { ...PRODUCT, sku: 'A', unitAmount: 0 }, ['unitAmount']],
    ['a price in euros', { ...PRODUCT, sku: 'A', unitAmount: 129.95 }, ['unitAmount']],
    ['a price as text', { ...PRODUCT, sku: 'A', unitAmount: '12995' }, ['unitAmount']],
    ['a price above 8 digits', { ...PRODUCT, sku: 'A', unitAmount: 100_000_000 }, ['unitAmount']],
    ['a negative stock', { ...PRODUCT, sku: 'A', stock: -1 }, ['stock']],
    ['a stock of 2^31', { ...PRODUCT, sku: 'A', stock: 2 ** 31 }, ['stock']],
    ['an upper-case currency', { ...PRODUCT, sku: 'A', currency: 'EUR' }, ['currency']],
    ['a currency nobody has', { ...PRODUCT, sku: 'A', currency: 'zzz' }, ['currency']],
    ['active as text', { ...PRODUCT, sku: 'A', active: 'false' }, ['active']],
    ['a list for a brand', { ...PRODUCT, sku: 'A', brand: ['Michelin'] }, ['brand']],
    ['an empty brand', { ...PRODUCT, sku: 'A', brand: '' }, ['brand']],
    ['a brand of 10,000 characters', { ...PRODUCT, sku: 'A', brand: 'x'.repeat(1e4) }, ['brand']],
    ['a control character', { ...PRODUCT, sku: 'A', brand: 'Mich\u0000elin' }, ['brand']],
    ['a line break in a model', { ...PRODUCT, sku: 'A', model: 'Primacy\n4' }, ['model']],
    ['half of a surrogate pair', { ...PRODUCT, sku: 'A', model: 'Primacy \ud83d' }, ['model']],
    ['an id of its own', { ...PRODUCT, sku: 'A', id: randomUUID() }, ['id']],
  ])('refuses %s', async (_what, body, paths) => {
    const answer = await expectNothingDone(app, async () =>
      app.as('admin').post('/api/products').send(body),
    );
    expectProblem(answer, 400, 'validation_failed', paths);
  });
});

describe('GET /api/products', () => {
  it('lists the catalogue by sku, each product once whatever the page size', async () => {
    for (let count = 0; count < 5; count += 1) await createProduct(app);
    const all = await app.as('shop').get('/api/products?limit=100').expect(200);
    expect(all.body.nextCursor).toBeNull();
    const products = all.body.data as ProductResponse[];
    expect(products.length).toBeGreaterThan(4);

    const seen: ProductResponse[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: Record<string, string> = cursor ? { limit: '2', cursor } : { limit: '2' };
      const page = await app.as('shop').get('/api/products').query(query).expect(200);
      expect(Object.keys(page.body)).toEqual(['data', 'nextCursor']);
      expect(page.body.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.data);
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual(products);
  });

  it('answers 20 products when no limit is given', async () => {
    for (let count = 0; count < 21; count += 1) await createProduct(app);
    const page = await app.as('shop').get('/api/products').expect(200);
    expect(page.body.data).toHaveLength(20);
    expect(page.body.nextCursor).toBeTypeOf('string');
  });

  it.each([['1e9'], ['101'], ['0'], ['x'], ['']])('refuses limit=%s', async (limit) => {
    const answer = await app.as('shop').get('/api/products').query({ limit });
    expectProblem(answer, 400, 'validation_failed', ['limit']);
  });

  it('refuses a cursor that it has not answered, and what it does not know', async () => {
    const products = () => app.as('shop').get('/api/products');
    const forged = await products().query({ cursor: 'x' });
    expectProblem(forged, 400, 'invalid_cursor', ['cursor']);
    expectProblem(await products().query({ q: 'x' }), 400, 'validation_failed', ['q']);
  });

  it('shows products that are off sale as such', async () => {
    const { id } = await createProduct(app, { active: false });
    const read = await app.as('shop').get(`/api/products/${id}`).expect(200);
    expect(read.body.active).toBe(false);
  });
});

describe('PATCH /api/products/{id}', () => {
  const patch = (id: string, body: object) =>
    app.as('admin').patch(`/api/products/${id}`).send(body);

  it('changes what is given and nothing else', async () => {
    const product = await createProduct(app);
    const changed = await patch(product.id, { unitAmount: 9_900, active: false }).expect(200);
    expect(changed.body).toEqual({ ...product, unitAmount: 9_900, active: false });
    const same = await patch(product.id, {}).expect(200);
    expect(same.body).toEqual(changed.body);
  });

  it('leaves the price of orders that are already placed', async () => {
    const product = await createProduct(app);
    const order = await placeOrder(app, { items: [{ sku: product.sku, quantity: 2 }] });
    await patch(product.id, { unitAmount: 1, brand: 'Other' }).expect(200);
    expect(await readOrder(app, order.id)).toEqual(order);
  });

  it('loses no reservation when only the price changes', async () => {
    const product = await createProduct(app, { stock: 100 });
    const items = [{ sku: product.sku, quantity: 1 }];
    await Promise.all(
      Array.from({ length: 8 }, async (_none, index) => {
        await Promise.all([
          placeOrder(app, { items }),
          patch(product.id, { unitAmount: 1_000 + index }).expect(200),
        ]);
      }),
    );
    expect(await stockOf(app, product.sku)).toBe(92);
  });

  it('takes a product off sale', async () => {
    const product = await createProduct(app);
    await patch(product.id, { active: false }).expect(200);
    const body = await orderBody(app, { items: [{ sku: product.sku, quantity: 1 }] });
    const answer = await app.as('shop').post('/api/orders').send(body);
    expectProblem(answer, 422, 'unknown_product', ['items[0].sku']);
  });

  it.each([
    ['another sku', { sku: 'B' }, ['sku']],
    ['another currency', { currency: 'usd' }, ['currency']],
    ['no price', { unitAmount: null }, ['unitAmount']],
    ['no name', { brand: null, model: '' }, ['brand', 'model']],
    ['a stock below zero', { stock: -1 }, ['stock']],
    ['a control character', { brand: 'Mich\u0007elin' }, ['brand']],
  ])('refuses %s', async (_what, body, paths) => {
    const product = await createProduct(app);
    const answer = await expectNothingDone(app, async () => patch(product.id, body));
    expectProblem(answer, 400, 'validation_failed', paths);
  });

  it('answers 404 for a product that does not exist', async () => {
    expectProblem(await patch(randomUUID(), { stock: 1 }), 404, 'product_not_found');
    const read = await app.as('shop').get(`/api/products/${randomUUID()}`);
    expectProblem(read, 404, 'product_not_found');
  });
});
