import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf, stockOf } from './support/checkout.js';
import { aPhone, createProduct, orderBody, placeOrder, readOrder } from './support/factories.js';
import { expectNothingDone } from './support/footprint.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const place = (body: object) => app.as('shop').post('/api/orders').send(body);

describe('an order that is placed', () => {
  it('is answered 201, whole, with Stripe’s own link, at the place Location names', async () => {
    const [one, other] = await Promise.all([
      createProduct(app),
      createProduct(app, { brand: 'Bosch', model: 'S4 60Ah', unitAmount: 8_990 }),
    ]);
    const phoneNumber = aPhone();
    const answer = await place({
      customer: {
        phoneNumber,
        firstName: 'Aline',
        lastName: 'Moreau',
        email: 'aline@example.com',
        locale: 'en',
      },
      items: [
        { sku: other.sku, quantity: 1 },
        { sku: one.sku, quantity: 4 },
      ],
    }).expect(201);

    const order = answer.body;
    const session = app.doubles.stripe.session(order.stripeSessionId);
    expect(order).toEqual({
      id: expect.stringMatching(UUID),
      orderNumber: expect.stringMatching(/^GC-\d{4}-\d{6}$/),
      status: 'pending',
      paymentStatus: 'pending',
      currency: 'eur',
      totalAmount: 8_990 + 4 * 12_995,
      items: [
        {
          sku: other.sku,
          brand: 'Bosch',
          model: 'S4 60Ah',
          quantity: 1,
          unitAmount: 8_990,
          lineAmount: 8_990,
        },
        {
          sku: one.sku,
          brand: one.brand,
          model: one.model,
          quantity: 4,
          unitAmount: 12_995,
          lineAmount: 51_980,
        },
      ],
      customer: {
        id: expect.stringMatching(UUID),
        firstName: 'Aline',
        lastName: 'Moreau',
        email: 'aline@example.com',
        phoneNumber,
      },
      stripeSessionId: session.id,
      paymentUrl: session.url,
      paymentExpiresAt: new Date(session.expires_at * 1_000).toISOString(),
      reminderSent: false,
      createdAt: expect.stringMatching(INSTANT),
      updatedAt: expect.stringMatching(INSTANT),
      paidAt: null,
      cancelledAt: null,
      cancelReason: null,
    });
    expect(answer.headers['location']).toBe(`/api/orders/${order.id}`);
    expect((await app.as('shop').get(answer.headers['location']!).expect(200)).body).toEqual(order);
    expect(await messagesOf(app, order.id)).toEqual([
      'order_confirmation email queued',
      'order_confirmation whatsapp queued',
    ]);
  });

  it('needs no more of the customer than a phone number', async () => {
    const order = await placeOrder(app, {
      customer: { firstName: undefined, lastName: undefined },
    });
    expect(order.customer).toMatchObject({ firstName: null, lastName: null, email: null });
    expect(await messagesOf(app, order.id)).toEqual(['order_confirmation whatsapp queued']);
  });

  it('takes its stock at once', async () => {
    const { sku } = await createProduct(app, { stock: 7 });
    await placeOrder(app, { items: [{ sku, quantity: 3 }] });
    expect(await stockOf(app, sku)).toBe(4);
  });

  it('is priced by the catalogue of that instant', async () => {
    const product = await createProduct(app, { unitAmount: 1_999 });
    const items = [{ sku: product.sku, quantity: 3 }];
    expect((await placeOrder(app, { items })).totalAmount).toBe(5_997);
    await app.as('admin').patch(`/api/products/${product.id}`).send({ unitAmount: 2_001 });
    expect((await placeOrder(app, { items })).totalAmount).toBe(6_003);
  });

  it('may reach Stripe’s bounds to the cent', async () => {
    const least = await createProduct(app, { unitAmount: 50 });
    expect((await placeOrder(app, { items: [{ sku: least.sku, quantity: 1 }] })).totalAmount).toBe(
      50,
    );
    const most = await createProduct(app, { unitAmount: 99_999_999 });
    expect((await placeOrder(app, { items: [{ sku: most.sku, quantity: 1 }] })).totalAmount).toBe(
      99_999_999,
    );
  });

  it('may have 100 lines', async () => {
    const products = await Promise.all(Array.from({ length: 100 }, () => createProduct(app)));
    const items = products.map(({ sku }) => ({ sku, quantity: 1 }));
    const order = await placeOrder(app, { items });
    expect(order.items.map(({ sku }) => sku)).toEqual(products.map(({ sku }) => sku));
    expect(order.totalAmount).toBe(100 * 12_995);
  });

  it('is refused when its products have different currencies', async () => {
    const [euro, dollar] = [
      await createProduct(app),
      await createProduct(app, { currency: 'usd' }),
    ];
    const body = await orderBody(app, {
      items: [euro, dollar].map(({ sku }) => ({ sku, quantity: 1 })),
    });
    const answer = await expectNothingDone(app, async () => place(body));
    expectProblem(answer, 422, 'mixed_currencies');
  });
});

describe('the phone number', () => {
  it.each([
    ['+590690123456', '+590690123456'],
    ['0690123457', '+590690123457'],
    ['0690 12 34 58', '+590690123458'],
    ['0691.12.34.59', '+590691123459'],
    ['00590690123460', '+590690123460'],
    ['+590 690 12 34 61', '+590690123461'],
    ['0590 83 12 34', '+590590831234'],
    ['0696 12 34 56', '+596696123456'],
    ['0694 12 34 56', '+594694123456'],
    ['0692 12 34 56', '+262692123456'],
    ['06 12 34 56 78', '+33612345678'],
    ['+33 7 56 78 90 12', '+33756789012'],
  ])('%s is stored as %s', async (written, stored) => {
    const order = await placeOrder(app, { customer: { phoneNumber: written } });
    expect(order.customer.phoneNumber).toBe(stored);
    expect(await readOrder(app, order.id)).toEqual(order);
  });

  it('keeps one customer, whatever way it is written, and takes what is said anew', async () => {
    const national = `0690 ${aPhone().slice(-6)}`;
    const e164 = `+590690${national.slice(-6)}`;
    const first = await placeOrder(app, {
      customer: { phoneNumber: national, firstName: 'Aline', lastName: 'Moreau' },
    });
    const second = await placeOrder(app, {
      customer: {
        phoneNumber: e164,
        firstName: undefined,
        lastName: 'Moreau-Petit',
        email: 'aline@example.com',
        locale: 'en',
      },
    });
    expect(second.customer).toEqual({
      id: first.customer.id,
      firstName: 'Aline',
      lastName: 'Moreau-Petit',
      email: 'aline@example.com',
      phoneNumber: e164,
    });
    await placeOrder(app, { customer: { phoneNumber: e164 } });
    const rows = await app.sql(`SELECT id, locale, email FROM customers WHERE phone_number = $1`, [
      e164,
    ]);
    expect(rows).toEqual([{ id: first.customer.id, locale: 'en', email: 'aline@example.com' }]);
  });

  it('keeps one customer when ten orders come at once', async () => {
    const phoneNumber = aPhone();
    const { sku } = await createProduct(app);
    const items = [{ sku, quantity: 1 }];
    const orders = await Promise.all(
      Array.from({ length: 10 }, () => placeOrder(app, { customer: { phoneNumber }, items })),
    );
    expect(new Set(orders.map(({ customer }) => customer.id)).size).toBe(1);
    expect(new Set(orders.map(({ id }) => id)).size).toBe(10);
  });
});

describe('the order number', () => {
  it('carries the year of the shop’s calendar and counts on', async () => {
    const [first, second] = [await placeOrder(app), await placeOrder(app)];
    const year = new Intl.DateTimeFormat('en', {
      year: 'numeric',
      timeZone: app.config.shop.timeZone,
    }).format(new Date(first.createdAt));
    expect(first.orderNumber).toMatch(new RegExp(`^GC-${year}-\\d{6}$`));
    const counters = [first, second].map(({ orderNumber }) => Number(orderNumber.slice(8)));
    expect(counters[1]).toBe(counters[0]! + 1);
  });

  it('grows a digit after 999999', async () => {
    await app.sql(`SELECT setval('order_number_seq', 999998)`);
    const [last, next] = [await placeOrder(app), await placeOrder(app)];
    expect(last.orderNumber).toMatch(/^GC-\d{4}-999999$/);
    expect(next.orderNumber).toMatch(/^GC-\d{4}-1000000$/);
    expect((await readOrder(app, next.id)).orderNumber).toBe(next.orderNumber);
  });
});
