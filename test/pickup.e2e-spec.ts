import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageToken } from '../src/pickup/pickup-token.js';
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

  it('works once: twenty scanners at two instances in the same instant', async () => {
    const { order, token } = await collectableOrder(app);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_unused, n) => scan(token, n % 2 === 0 ? app : other)),
    );

    const won = answers.filter(({ status }) => status === 200);
    const lost = answers.filter(({ status }) => status === 409);
    expect([won.length, lost.length]).toEqual([1, 19]);
    const { pickedUpAt } = won[0]!.body as { pickedUpAt: string };
    for (const { body } of lost) {
      expect(body).toMatchObject({ status: 409, code: 'already_picked_up', pickedUpAt });
    }
    const events = await app.sql(
      `SELECT FROM order_events WHERE order_id = $1 AND type = 'order.picked_up'`,
      [order.id],
    );
    expect(events).toHaveLength(1);
  });

  it('tells a second scanner when the first one was', async () => {
    const { token } = await collectableOrder(app);
    const first = await scan(token).expect(200);
    const second = await scan(token).expect(409);
    expect(second.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(second.body.pickedUpAt).toBe(first.body.pickedUpAt);
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
  it('is answered 404, the same whatever is wrong with it', async () => {
    const [{ token, order, imageUrl }, stranger] = [
      await collectableOrder(app),
      await collectableOrder(app),
    ];
    const [head, id, mac] = token.split('.') as [string, string, string];
    const [, otherId, otherMac] = stranger.token.split('.') as [string, string, string];
    const image = imageUrl.split('/').at(-1)!.replace('.png', '');
    const [, , , imageMac] = image.split('.');
    const forgeries = [
      `${head}.${id}.${'A'.repeat(32)}`,
      `${head}.${id}.${otherMac}`,
      `${head}.${otherId}.${mac}`,
      `${head}.${id}.${imageMac}`,
      `${head}.${'A'.repeat(22)}.${mac}`,
      token.slice(0, -1),
      `${token} `,
      token.toLowerCase(),
      image,
      imageUrl,
      order.id,
      order.orderNumber,
      '../../etc/passwd',
      "' OR 1=1 --",
    ];
    for (const forgery of forgeries) {
      const { body } = await scan(forgery).expect(404);
      expect(body).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        code: 'pickup_not_found',
        detail: 'No order can be collected with this code.',
        instance: '/api/pickups',
      });
    }
    await scan(token).expect(200);
  });

  it('is answered 400 when it is not even a text', async () => {
    for (const token of [undefined, null, 1, {}, [], '', 'x'.repeat(201)]) {
      const { body } = await scan(token).expect(400);
      expect(body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'token' }] });
    }
  });

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

  it('cannot be had by the image’s own secret', async () => {
    const { order } = await collectableOrder(app);
    const [pass] = (await app.sql(`SELECT id, secret FROM pickup_passes WHERE order_id = $1`, [
      order.id,
    ])) as [{ id: string; secret: Buffer }];
    await scan(imageToken(pass, new Date(Date.now() + 60_000))).expect(404);
    expect((await readOrder(app, order.id)).status).toBe('confirmed');
  });
});
