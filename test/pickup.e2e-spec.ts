import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOrder, readOrder } from './support/factories.js';
import { collectableOrder, refundOrder } from './support/pickup.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const scan = (token: unknown, at: TestApp = app) =>
  at.as('counter').post('/api/pickups').send({ token });

describe('the QR code of a paid order', () => {
  it('hands the order over, with what the counter must know', async () => {
    const { order, token } = await collectableOrder(app);
    const { body } = await scan(token).expect(200);

    expect(body).toMatchObject({
      pickedUpAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      order: {
        id: order.id,
        orderNumber: order.orderNumber,
        status: 'picked_up',
        paymentStatus: 'paid',
        items: order.items,
        customer: order.customer,
      },
    });
    expect((await readOrder(app, order.id)).status).toBe('picked_up');
    const { body: timeline } = await app.as('admin').get(`/api/orders/${order.id}/timeline`);
    const types = (timeline.data as { type: string }[]).map(({ type }) => type);
    expect(types.filter((type) => type === 'order.picked_up')).toHaveLength(1);
  });

  it('is worth nothing once the order is refunded', async () => {
    const { order, token } = await collectableOrder(app);
    await refundOrder(app, order);
    const { body } = await scan(token).expect(409);
    expect(body).toMatchObject({ status: 409, code: 'order_refunded' });
    expect((await readOrder(app, order.id)).status).toBe('confirmed');
  });

  it('says refunded rather than collected when it was both', async () => {
    const { order, token } = await collectableOrder(app);
    await scan(token).expect(200);
    await refundOrder(app, order);
    const { body } = await scan(token).expect(409);
    expect(body.code).toBe('order_refunded');
  });

  it('still hands over what was refunded in part only', async () => {
    const { order, token } = await collectableOrder(app);
    await refundOrder(app, order, 5_000);
    const { body } = await scan(token).expect(200);
    expect(body.order.paymentStatus).toBe('partially_refunded');
  });

  it('cannot be refunded and collected at the same instant', async () => {
    const { order, token } = await collectableOrder(app);
    const [answer] = await Promise.all([scan(token), refundOrder(app, order)]);
    const after = await readOrder(app, order.id);
    expect(after.paymentStatus).toBe('refunded');
    expect(after.status).toBe(answer.status === 200 ? 'picked_up' : 'confirmed');
    await scan(token).expect(409);
  });
});

describe('a code that is not ours', () => {
  it('is not issued for an order that waits for its payment', async () => {
    const order = await placeOrder(app);
    expect(await app.sql(`SELECT FROM pickup_passes WHERE order_id = $1`, [order.id])).toEqual([]);
  });
});

describe('the right to scan', () => {
  it('is the counter’s and the admin’s alone', async () => {
    const { token } = await collectableOrder(app);
    await app.http.post('/api/pickups').send({ token }).expect(401);
    const { body } = await app.as('shop').post('/api/pickups').send({ token }).expect(403);
    expect(body.code).toBe('forbidden');
    await app.as('admin').post('/api/pickups').send({ token }).expect(200);
  });
});
