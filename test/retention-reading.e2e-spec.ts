import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { placeOrder, readOrder } from './support/factories.js';
import { expectProblem } from './support/problems.js';
import { askRefund } from './support/refunds.js';
import {
  ageMonths,
  applyRetention,
  cancelledOrder,
  collectedOrder,
  paidAndTold,
  placeOf,
} from './support/retention.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

/** Everything the outside can read of an order. */
async function readAll(order: OrderResponse): Promise<unknown[]> {
  const admin = app.as('admin');
  const answers = [
    await admin.get(`/api/orders/${order.id}`).expect(200),
    await admin.get(`/api/orders/${order.id}/timeline`).expect(200),
    await admin.get(`/api/orders/${order.id}/refunds`).expect(200),
    await admin.get(`/api/orders?q=${order.orderNumber}`).expect(200),
    await admin.get(`/api/orders?q=${order.customer.phoneNumber.slice(-9)}`).expect(200),
  ];
  const pages = [
    await app.http.get(`/payment/success?session_id=${order.stripeSessionId}`).expect(200),
    await app.http.get(`/payment/cancel?order_id=${order.id}`).expect(200),
  ];
  return [...answers.map(({ body }) => body as unknown), ...pages.map(({ text }) => text)];
}

async function archive(order: OrderResponse, months = 19): Promise<void> {
  await ageMonths(app, order.id, months);
  await applyRetention(app);
  expect(await placeOf(app, order.id)).toEqual(['archive']);
}

describe('an archived order', () => {
  it.each([
    ['collected', async () => (await collectedOrder(app)).order],
    ['cancelled', () => cancelledOrder(app)],
    [
      'given back in two parts',
      async () => {
        const order = await paidAndTold(app);
        await askRefund(app, order.id, { amount: 990 }).expect(201);
        await askRefund(app, order.id).expect(201);
        await app.doubles.stripe.deliverPending();
        await app.drain();
        return readOrder(app, order.id);
      },
    ],
  ])('that was %s answers every question as it did before', async (_state, make) => {
    const order = await make();
    await ageMonths(app, order.id, 19);
    const before = await readAll(order);
    await archive(order, 0);
    expect(await readAll(order)).toEqual(before);
    expect(await placeOf(app, order.id)).toEqual(['archive']);
  });

  it('shows each of its refunds by its own address', async () => {
    const order = await paidAndTold(app);
    const asked = await askRefund(app, order.id).expect(201);
    await app.doubles.stripe.deliverPending();
    await app.drain();
    const path = asked.headers['location'] as string;
    const before = await app.as('admin').get(path).expect(200);
    await archive(order);
    const { body } = await app.as('admin').get(path).expect(200);
    expect({ ...body, createdAt: '', updatedAt: '' }).toEqual({
      ...before.body,
      createdAt: '',
      updatedAt: '',
    });
    const other = '/refunds/00000000-0000-4000-8000-000000000000';
    const none = await app.as('admin').get(`/api/orders/${order.id}${other}`);
    expectProblem(none, 404, 'refund_not_found');
  });

  it('forgets its customer with the customer', async () => {
    const order = await cancelledOrder(app, { customer: { email: 'forget.me@example.com' } });
    await archive(order);
    await app.sql(
      `UPDATE customers SET first_name = NULL, last_name = NULL, email = NULL WHERE id = $1`,
      [order.customer.id],
    );
    const { customer } = await readOrder(app, order.id);
    expect(customer).toMatchObject({ firstName: null, lastName: null, email: null });
    const [row] = await app.sql(`SELECT a::text AS text FROM archived_orders a WHERE id = $1`, [
      order.id,
    ]);
    for (const secret of ['forget.me', 'Moreau', order.customer.phoneNumber]) {
      expect(row!['text']).not.toContain(secret);
    }
  });
});

describe('GET /api/orders', () => {
  /** Every page of a list, in order; the next page must exist while a cursor says so. */
  async function pagesOf(query: string): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await app.as('admin').get(`/api/orders?${query}${next}`).expect(200);
      ids.push(...(body.data as OrderResponse[]).map(({ id }) => id));
      cursor = body.nextCursor as string | null;
    }
    return ids;
  }

  it('lists live and archived orders as one, page by page, in the order they were placed', async () => {
    const phoneNumber = '+590690777001';
    const orders: OrderResponse[] = [];
    for (let age = 0; age < 9; age += 1) {
      orders.push(await cancelledOrder(app, { customer: { phoneNumber } }));
    }
    // Every third stays: something is still owed. Two were placed in the same millisecond, years apart from the rest.
    for (const [place, order] of orders.entries()) {
      await ageMonths(app, order.id, 20 + place * 5);
      if (place % 3 === 0) {
        await app.sql(`UPDATE orders SET updated_at = now() WHERE id = $1`, [order.id]);
      }
    }
    await app.sql(`UPDATE orders SET created_at = '2025-01-01 00:00:00.000500Z' WHERE id = $1`, [
      orders[0]!.id,
    ]);
    await app.sql(`UPDATE orders SET created_at = '2025-01-01 00:00:00.000200Z' WHERE id = $1`, [
      orders[1]!.id,
    ]);
    const expected = await pagesOf(`q=690777001&limit=2`);
    expect(expected).toHaveLength(9);
    await applyRetention(app);
    const places = await Promise.all(orders.map(({ id }) => placeOf(app, id)));
    expect(places.flat().filter((place) => place === 'archive')).toHaveLength(6);
    for (const limit of [1, 2, 4, 100]) {
      expect(await pagesOf(`q=690777001&limit=${limit}`)).toEqual(expected);
    }
  });

  it('filters them alike', async () => {
    const phoneNumber = '+590690777002';
    const { order: collected } = await collectedOrder(app, { customer: { phoneNumber } });
    const cancelled = await cancelledOrder(app, { customer: { phoneNumber } });
    await archive(collected, 30);
    await archive(cancelled, 24);
    const waiting = await placeOrder(app, { customer: { phoneNumber } });
    const q = 'q=690777002';
    expect(await pagesOf(q)).toEqual([waiting.id, cancelled.id, collected.id]);
    expect(await pagesOf(`${q}&status=cancelled`)).toEqual([cancelled.id]);
    expect(await pagesOf(`${q}&paymentStatus=paid`)).toEqual([collected.id]);
    expect(await pagesOf(`${q}&status=pending`)).toEqual([waiting.id]);
    const between = new Date(Date.now() - 27 * 30.4 * 86_400_000).toISOString();
    expect(await pagesOf(`${q}&createdTo=${between}`)).toEqual([collected.id]);
    expect(await pagesOf(`${q}&createdFrom=${between}`)).toEqual([waiting.id, cancelled.id]);
    // In part, a number finds live orders only.
    expect(await pagesOf(`q=${collected.orderNumber.toLowerCase()}`)).toEqual([collected.id]);
    expect(await pagesOf(`q=${collected.orderNumber.slice(0, -1)}`)).not.toContain(collected.id);
  });
});
