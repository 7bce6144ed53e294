import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { createRequests, outliveLink, sessionRows, sessionsAtStripe } from '../support/checkout.js';
import { createProduct, orderBody, payOrder, placeOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(() => app.doubles.stripe.faults.clear());
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const CREATE = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ } as const;

const renew = (id: string, through = app) =>
  through.as('shop').post(`/api/orders/${id}/checkout-session`);

/** Twenty customers' clicks at the same instant, over two instances; every link that was answered. */
async function clickTwentyTimes(id: string): Promise<(string | null)[]> {
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_none, index) => renew(id, index % 2 === 0 ? app : other)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  return [...new Set(answers.map(({ body }) => (body as OrderResponse).paymentUrl))];
}

const openAtStripe = (id: string) =>
  sessionsAtStripe(app, id).filter(({ status }) => status === 'open');

describe('C12 twenty calls for the link of one order', () => {
  it('are all answered the link that is open, and Stripe is not asked', async () => {
    const order = await placeOrder(app);
    const before = app.doubles.stripe.requests.length;
    expect(await clickTwentyTimes(order.id)).toEqual([order.paymentUrl]);
    expect(app.doubles.stripe.requests).toHaveLength(before);
  });

  it('are all answered the same new link when the old one has expired', async () => {
    const order = await placeOrder(app);
    await outliveLink(app, order);
    const links = await clickTwentyTimes(order.id);
    expect(openAtStripe(order.id).map(({ url }) => url)).toEqual(links);
    expect(links).not.toContain(order.paymentUrl);
    expect(sessionsAtStripe(app, order.id)).toHaveLength(2);
    expect((await sessionRows(app, order.id)).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('are all answered the same link when the order has none yet', async () => {
    app.doubles.stripe.faults.add({ ...CREATE, kind: 'status', status: 400, body: { error: {} } });
    const body = await orderBody(app);
    const placed = await app.as('shop').post('/api/orders').send(body).expect(202);
    const { id } = placed.body as OrderResponse;
    const links = await clickTwentyTimes(id);
    expect(openAtStripe(id).map(({ url }) => url)).toEqual(links);
    expect(sessionsAtStripe(app, id)).toHaveLength(1);
    const keys = createRequests(app, id).map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys)).toEqual(new Set([`cs:${id}:1`]));
  });
});

describe('C13 an order whose product becomes dearer, cheaper or is taken off the shelf', () => {
  it.each([
    ['dearer', { unitAmount: 99_900 }],
    ['cheaper', { unitAmount: 1 }],
    ['another tyre', { model: 'CrossClimate 3' }],
    ['no longer for sale', { active: false }],
  ])(
    'is paid at the price it was placed at, by the first link and by a new one (%s)',
    async (_what, change) => {
      const product = await createProduct(app);
      const items = [{ sku: product.sku, quantity: 2 }];
      const [first, renewed] = [await placeOrder(app, { items }), await placeOrder(app, { items })];
      await app.as('admin').patch(`/api/products/${product.id}`).send(change).expect(200);
      await outliveLink(app, renewed);
      const again = (await renew(renewed.id).expect(200)).body as OrderResponse;
      expect(again.items).toEqual(renewed.items);

      for (const order of [first, again]) {
        const session = app.doubles.stripe.session(order.stripeSessionId!);
        expect(session).toMatchObject({ amount_total: 25_990, currency: 'eur' });
        expect(await payOrder(app, order)).toMatchObject({
          paymentStatus: 'paid',
          totalAmount: 25_990,
          items: order.items,
        });
        expect(await factsOf(app, order.id)).toMatchObject({
          payments: [{ amount: 25_990, currency: 'eur' }],
          reviews: [],
        });
      }
      const [one, two] = [first, again].map(({ id }) => createRequests(app, id).at(-1)!.body);
      expect(two!['line_items']).toEqual(one!['line_items']);
    },
  );
});
