import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { createProduct, placeOrder, readOrder } from './support/factories.js';
import { expectProblem } from './support/problems.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let items: { sku: string; quantity: number }[];
beforeAll(async () => {
  app = await TestApp.start();
  items = [{ sku: (await createProduct(app, { stock: 1_000 })).sku, quantity: 1 }];
});
afterAll(() => app.stop());

interface Page {
  readonly data: OrderResponse[];
  readonly nextCursor: string | null;
}

const list = (query: Record<string, unknown> = {}) =>
  app.as('admin').get('/api/orders').query(query);

const page = async (query: Record<string, unknown> = {}): Promise<Page> =>
  (await list(query).expect(200)).body as Page;

const idsOf = ({ data }: Page): string[] => data.map(({ id }) => id);

async function allPages(query: Record<string, unknown>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const next = await page(cursor ? { ...query, cursor } : query);
    expect(next.data.length).toBeLessThanOrEqual(Number(query['limit']));
    ids.push(...idsOf(next));
    cursor = next.nextCursor;
  }
  return ids;
}

describe('GET /api/orders', () => {
  it('answers whole orders, newest first', async () => {
    const placed = [await placeOrder(app, { items }), await placeOrder(app, { items })];
    const found = await page({ limit: 2 });
    expect(Object.keys(found)).toEqual(['data', 'nextCursor']);
    expect(found.data).toEqual([
      await readOrder(app, placed[1]!.id),
      await readOrder(app, placed[0]!.id),
    ]);
  });

  it('answers 20 when no limit is given, and null after the last page', async () => {
    await Promise.all(Array.from({ length: 21 }, () => placeOrder(app, { items })));
    const first = await page();
    expect(first.data).toHaveLength(20);
    expect(first.nextCursor).toBeTypeOf('string');
    const all = await page({ limit: 100 });
    expect(all.data.length).toBeGreaterThan(20);
    expect(all.nextCursor).toBeNull();
  });

  it('loses and doubles no order at the edges of pages, even of one instant', async () => {
    const placed = await Promise.all(Array.from({ length: 9 }, () => placeOrder(app, { items })));
    await app.sql(
      `UPDATE orders SET created_at = '2020-01-01T00:00:00.000400Z'::timestamptz
                                      + (substr(order_number, 9)::int % 2) * interval '1 microsecond'
        WHERE id = ANY ($1::uuid[])`,
      [placed.map(({ id }) => id)],
    );
    const query = { createdTo: '2020-01-02T00:00:00Z' };
    const whole = idsOf(await page({ ...query, limit: 100 }));
    expect(whole.toSorted()).toEqual(placed.map(({ id }) => id).toSorted());
    for (const limit of [1, 2, 4, 9]) {
      expect(await allPages({ ...query, limit })).toEqual(whole);
    }
  });

  it('goes on where it stood although newer orders have come', async () => {
    const first = await page({ limit: 3 });
    const expected = idsOf(await page({ limit: 6 })).slice(3);
    await placeOrder(app, { items });
    expect(idsOf(await page({ limit: 3, cursor: first.nextCursor }))).toEqual(expected);
  });
});

describe('the filters', () => {
  it('narrow by status and by payment', async () => {
    const [open, paid, cancelled] = await Promise.all([
      placeOrder(app, { items }),
      placeOrder(app, { items }),
      placeOrder(app, { items }),
    ]);
    app.doubles.stripe.pay(paid.stripeSessionId!);
    await app.doubles.stripe.deliverPending();
    await app.as('admin').post(`/api/orders/${cancelled.id}/cancel`).expect(200);
    const found = async (query: Record<string, string>) => {
      const orders = await page({ ...query, limit: 100 });
      const ids = idsOf(orders);
      return [open, paid, cancelled].map(({ id }) => ids.includes(id));
    };
    expect(await found({ status: 'pending' })).toEqual([true, false, false]);
    expect(await found({ status: 'confirmed' })).toEqual([false, true, false]);
    expect(await found({ paymentStatus: 'paid' })).toEqual([false, true, false]);
    expect(await found({ paymentStatus: 'failed' })).toEqual([false, false, true]);
    expect(await found({ status: 'cancelled', paymentStatus: 'paid' })).toEqual([
      false,
      false,
      false,
    ]);
    expectProblem(await list({ status: 'open' }), 400, 'validation_failed', ['status']);
    expectProblem(await list({ paymentStatus: 'x' }), 400, 'validation_failed', ['paymentStatus']);
  });

  it('take an instant as included from, excluded to, in whatever zone it is written', async () => {
    const order = await placeOrder(app, { items });
    const at = '2021-06-01T10:00:00.000Z';
    await app.sql(`UPDATE orders SET created_at = $2 WHERE id = $1`, [order.id, at]);
    const found = async (createdFrom: string, createdTo: string) =>
      idsOf(await page({ createdFrom, createdTo }));
    expect(await found(at, '2021-06-01T10:00:00.001Z')).toEqual([order.id]);
    expect(await found('2021-06-01T06:00:00-04:00', '2021-06-01T06:01:00-04:00')).toEqual([
      order.id,
    ]);
    expect(await found('2021-06-01T09:00:00Z', at)).toEqual([]);
    expect(await found('2021-06-01T10:00:00.001Z', '2021-06-02T00:00:00Z')).toEqual([]);
  });

  it.each([
    ['2026'],
    ['2026-11-22'],
    ['2026-11-22T10:00:00'],
    ['2026-W47-1'],
    ['2026-326'],
    ['2026-02-30T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-11-22T25:00:00Z'],
    ['0000-01-01T00:00:00Z'],
    ['+12026-01-01T00:00:00Z'],
    ['-0001-01-01T00:00:00Z'],
    ['yesterday'],
    ['infinity'],
    [''],
    ['1763800000'],
  ])('refuse createdFrom=%s: it names no instant', async (createdFrom) => {
    expectProblem(await list({ createdFrom }), 400, 'validation_failed', ['createdFrom']);
    expectProblem(await list({ createdTo: createdFrom }), 400, 'validation_failed', ['createdTo']);
  });

  it('take an offset that PostgreSQL would not', async () => {
    expect(await page({ createdTo: '2019-01-01T00:00:00+23:00' })).toEqual({
      data: [],
      nextCursor: null,
    });
  });
});

describe('the search', () => {
  let order: OrderResponse;
  let other: OrderResponse;
  beforeAll(async () => {
    order = await placeOrder(app, { items, customer: { phoneNumber: '+590690777123' } });
    other = await placeOrder(app, { items, customer: { phoneNumber: '+590691888456' } });
  });

  const search = async (q: string) => {
    const ids = idsOf(await page({ q, limit: 100 }));
    return { order: ids.includes(order.id), other: ids.includes(other.id), count: ids.length };
  };

  it('finds an order by its number, whole or in part, in any case', async () => {
    for (const q of [
      order.orderNumber,
      order.orderNumber.toLowerCase(),
      order.orderNumber.slice(3),
      order.orderNumber.slice(-6),
    ]) {
      expect(await search(q)).toMatchObject({ order: true, other: false });
    }
  });

  it.each([
    ['+590690777123'],
    ['0690777123'],
    ['0690 77 71 23'],
    ['0690.77.71.23'],
    ['00590690777123'],
    ['690777'],
    ['0690 777'],
    ['777123'],
  ])('finds an order by its customer’s number, written %s', async (q) => {
    expect(await search(q)).toEqual({ order: true, other: false, count: 1 });
  });

  it('takes words for no phone number', async () => {
    expect(await search('GC-777123')).toMatchObject({ count: 0 });
    expect(await search('order 777123')).toMatchObject({ count: 0 });
  });

  it('goes together with pages and filters', async () => {
    const phoneNumber = '+590690999111';
    const placed: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      placed.unshift((await placeOrder(app, { items, customer: { phoneNumber } })).id);
    }
    expect(await allPages({ q: phoneNumber, status: 'pending', limit: 1 })).toEqual(placed);
  });
});
