import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProductResponse } from '../../src/catalog/dto/product.response.js';
import { createProduct } from '../support/factories.js';
import { expectNothingDone } from '../support/footprint.js';
import { expectProblem } from '../support/problems.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let product: ProductResponse;
/** What `SKU` stands for below. */
const SKU = 'SKU';

beforeAll(async () => {
  app = await TestApp.start();
  product = await createProduct(app, { sku: SKU, stock: 5 });
});
afterAll(() => app.stop());

const CUSTOMER = { phoneNumber: '+590690123456', firstName: 'Aline' };
const LINE = { sku: SKU, quantity: 1 };
const cart = (...items: unknown[]) => ({ customer: CUSTOMER, items });
const buyer = (customer: unknown) => ({ customer, items: [LINE] });

/** Sends text, so that a body may hold what JavaScript's own JSON would tidy up. */
const place = (json: string) =>
  sendRaw(app, '/api/orders', {
    method: 'POST',
    headers: { ...bearer(app, 'shop'), 'content-type': 'application/json' },
    body: json,
  });

const refused = (body: unknown) =>
  expectNothingDone(app, () => place(typeof body === 'string' ? body : JSON.stringify(body)));

type Refusal = readonly [string, unknown, readonly string[]];

const expectRefused = async (_what: string, body: unknown, paths: readonly string[]) => {
  expectProblem(await refused(body), 400, 'validation_failed', paths);
};

describe('S2 what a client may not say', () => {
  const rows: readonly Refusal[] = [
    ['with a state', { ...cart(LINE), status: 'confirmed', paidAt: 'now' }, ['status', 'paidAt']],
    ['with an id', { ...cart(LINE), id: randomUUID() }, ['id']],
    ['with an id', buyer({ ...CUSTOMER, id: randomUUID() }), ['customer.id']],
    ['with consent', buyer({ ...CUSTOMER, consent: { sms: true } }), ['customer.consent']],
  ];
  it.each(rows)('is refused %s', expectRefused);
});

describe('S3 a price of the client', () => {
  const rows: readonly Refusal[] = [
    ['with a price', cart({ ...LINE, unitAmount: 1 }), ['items[0].unitAmount']],
    ['with a price of another name', cart({ ...LINE, price: '0.01' }), ['items[0].price']],
    ['with a total', { ...cart(LINE), totalAmount: 1 }, ['totalAmount']],
  ];
  it.each(rows)('is refused %s', expectRefused);
});

describe('S4 a quantity', () => {
  const rows: readonly Refusal[] = [
    ['of quantity 0', cart({ ...LINE, quantity: 0 }), ['items[0].quantity']],
    ['of quantity -1', cart({ ...LINE, quantity: -1 }), ['items[0].quantity']],
    ['of quantity 1.5', cart({ ...LINE, quantity: 1.5 }), ['items[0].quantity']],
    ['of quantity "2"', cart({ ...LINE, quantity: '2' }), ['items[0].quantity']],
    ['of quantity true', cart({ ...LINE, quantity: true }), ['items[0].quantity']],
    ['of quantity null', cart({ ...LINE, quantity: null }), ['items[0].quantity']],
    ['of quantity [1]', cart({ ...LINE, quantity: [1] }), ['items[0].quantity']],
    ['of quantity {}', cart({ ...LINE, quantity: {} }), ['items[0].quantity']],
    ['of quantity 1001', cart({ ...LINE, quantity: 1_001 }), ['items[0].quantity']],
    ['of quantity 1e9', cart({ ...LINE, quantity: 1e9 }), ['items[0].quantity']],
    ['of quantity 2^31', cart({ ...LINE, quantity: 2 ** 31 }), ['items[0].quantity']],
    ['of quantity 2^53', cart({ ...LINE, quantity: 2 ** 53 }), ['items[0].quantity']],
    ['of quantity "NaN"', cart({ ...LINE, quantity: 'NaN' }), ['items[0].quantity']],
    [
      'of a quantity beyond all numbers',
      `{"customer":${JSON.stringify(CUSTOMER)},"items":[{"sku":"SKU","quantity":1e999}]}`,
      ['items[0].quantity'],
    ],
    [
      'when its second line is at fault',
      cart(LINE, { sku: 'B', quantity: 0 }),
      ['items[1].quantity'],
    ],
  ];
  it.each(rows)('is refused %s', expectRefused);

  it('above what Stripe can charge', async () => {
    const { sku } = await createProduct(app, { unitAmount: 50_000_000 });
    const answer = await refused(cart({ sku, quantity: 2 }));
    expectProblem(answer, 400, 'amount_out_of_range', ['items']);
  });

  it('far above what a number of PostgreSQL can hold', async () => {
    const products = await Promise.all(
      Array.from({ length: 3 }, () => createProduct(app, { unitAmount: 99_999_999, stock: 1_000 })),
    );
    const answer = await refused(cart(...products.map(({ sku }) => ({ sku, quantity: 1_000 }))));
    expectProblem(answer, 400, 'amount_out_of_range', ['items']);
  });
});

describe('S5 a cart out of measure', () => {
  const rows: readonly Refusal[] = [
    ['without anything', {}, ['customer', 'items']],
    ['without items', { customer: CUSTOMER }, ['items']],
    ['when it is empty', cart(), ['items']],
    ['that is no list', { customer: CUSTOMER, items: LINE }, ['items']],
    ['that is text', { customer: CUSTOMER, items: 'SKU' }, ['items']],
    ['that is null', { customer: CUSTOMER, items: null }, ['items']],
    ['of null', cart(null), ['items[0]']],
    ['of text', cart(SKU), ['items[0]']],
    ['of lists', cart([LINE]), ['items[0]']],
    ['of an empty line', cart({}), ['items[0].sku', 'items[0].quantity']],
    [
      'of 101 lines',
      cart(...Array.from({ length: 101 }, (_none, index) => ({ sku: `A${index}`, quantity: 1 }))),
      ['items'],
    ],
  ];
  it.each(rows)('is refused %s', expectRefused);

  it('above the stock there is', async () => {
    const answer = await refused(cart({ ...LINE, quantity: 6 }));
    expectProblem(answer, 409, 'insufficient_stock', ['items[0].quantity']);
  });

  it('below 50 cents', async () => {
    const { sku } = await createProduct(app, { unitAmount: 49 });
    const answer = await refused(cart({ sku, quantity: 1 }));
    expectProblem(answer, 400, 'amount_out_of_range', ['items']);
  });
});

describe('S11 a sku', () => {
  const rows: readonly Refusal[] = [
    ['with one sku twice', cart(LINE, { ...LINE, quantity: 2 }), ['items']],
    ['of a sku that is none', cart({ ...LINE, sku: 'A B' }), ['items[0].sku']],
    ['of an empty sku', cart({ ...LINE, sku: '' }), ['items[0].sku']],
    ['of a sku with a line break', cart({ ...LINE, sku: 'SKU\n' }), ['items[0].sku']],
    ['of a sku that is a number', cart({ ...LINE, sku: 1 }), ['items[0].sku']],
    ['of a list of skus', cart({ ...LINE, sku: [SKU] }), ['items[0].sku']],
  ];
  it.each(rows)('is refused %s', expectRefused);

  it('of a product nobody sells', async () => {
    const answer = await refused(cart(LINE, { sku: 'NOBODY-SELLS-THIS', quantity: 1 }));
    expectProblem(answer, 422, 'unknown_product', ['items[1].sku']);
  });

  it.each([["SKU'--"], ['sku'], ['SKU%'], ['../SKU'], ['SKU;DROP']])(
    'of %s: a sku is taken literally',
    async (sku) => {
      const answer = await refused(cart({ sku, quantity: 1 }));
      expect([400, 422]).toContain(answer.status);
      if (answer.status === 422) expectProblem(answer, 422, 'unknown_product', ['items[0].sku']);
      else expectProblem(answer, 400, 'validation_failed', ['items[0].sku']);
    },
  );
});

describe('S9 a customer', () => {
  const rows: readonly Refusal[] = [
    ['that is missing', { items: [LINE] }, ['customer']],
    ['that is null', buyer(null), ['customer']],
    ['that is text', buyer('Aline'), ['customer']],
    ['that is a list', buyer([CUSTOMER]), ['customer']],
    ['that is an empty list', buyer([]), ['customer']],
    ['without a phone number', buyer({ firstName: 'Aline' }), ['customer.phoneNumber']],
    ['in a language we do not write', buyer({ ...CUSTOMER, locale: 'de' }), ['customer.locale']],
    ['in two languages', buyer({ ...CUSTOMER, locale: ['fr'] }), ['customer.locale']],
    ['whose name is empty', buyer({ ...CUSTOMER, firstName: '' }), ['customer.firstName']],
    ['whose name is an object', buyer({ ...CUSTOMER, lastName: { a: 1 } }), ['customer.lastName']],
    ['whose name is a number', buyer({ ...CUSTOMER, lastName: 7 }), ['customer.lastName']],
    [
      'whose names have 10,000 characters',
      buyer({ ...CUSTOMER, firstName: 'x'.repeat(10_000), lastName: 'é'.repeat(10_000) }),
      ['customer.firstName', 'customer.lastName'],
    ],
    [
      'whose name has 101',
      buyer({ ...CUSTOMER, firstName: 'x'.repeat(101) }),
      ['customer.firstName'],
    ],
    ...['\u0000', '\u0007', '\n', '\r\n', '\t', '\u001b[31m', '\u007f', '\u0085', '\ud800'].map(
      (sign) =>
        [
          `whose name holds ${JSON.stringify(sign)}`,
          buyer({ ...CUSTOMER, firstName: `Ali${sign}ne` }),
          ['customer.firstName'],
        ] as const,
    ),
  ];
  it.each(rows)('is refused %s', expectRefused);
});

describe('S10 an e-mail address', () => {
  const rows: readonly Refusal[] = [
    ...[
      'aline',
      'aline@',
      '@example.com',
      'aline@example',
      'aline@example.com, bob@example.com',
      'aline@example.com\nBcc: bob@example.com',
      'Aline <aline@example.com>',
      'a@b@example.com',
      `${'x'.repeat(250)}@example.com`,
      `aline@${'x'.repeat(10_000)}.com`,
      ['aline@example.com'],
    ].map(
      (email) =>
        [
          `whose e-mail address is ${JSON.stringify(email).slice(0, 60)}`,
          buyer({ ...CUSTOMER, email }),
          ['customer.email'],
        ] as const,
    ),
  ];
  it.each(rows)('is refused %s', expectRefused);
});

describe('S7 a phone number', () => {
  it.each([
    [''],
    ['0'],
    ['112'],
    ['36656'],
    ['not a number'],
    ['+590690'],
    ['+5906901234567'],
    ['+590 690 12 34 5'],
    ['069012345'],
    ['+1 415 523 8886'],
    ['+44 20 7946 0958'],
    ['+33 8 99 12 34 56'],
    ['0899123456'],
    ['+33612345678,+33687654321'],
    ['+33612345678;ext=1'],
    ['whatsapp:+590690123456'],
    ['tel:+590690123456'],
    ['+590690123456\nBcc: x'],
    ['+590690123456\u0000'],
    ['+５９０６９０１２３４５６'],
    ['٠٦٩٠١٢٣٤٥٦'],
    ['+590690123456 ext. 5'],
    ['++590690123456'],
    ['1'.repeat(30)],
    ['+'.repeat(10_000)],
    ['0'.repeat(50_000)],
    [590690123456],
    [null],
    [['+590690123456']],
    [{ $ne: null }],
  ])('is refused: %j', async (phoneNumber) => {
    const body = buyer({ ...CUSTOMER, phoneNumber });
    const started = performance.now();
    expectProblem(await refused(body), 400, 'validation_failed', ['customer.phoneNumber']);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

it('leaves the product as it was through all of it', async () => {
  const found = await app.as('shop').get(`/api/products/${product.id}`).expect(200);
  expect(found.body).toEqual(product);
  await app.as('shop').post('/api/orders').send(cart(LINE)).expect(201);
});
