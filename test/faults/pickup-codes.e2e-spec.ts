import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageToken, pickupToken } from '../../src/pickup/pickup-token.js';
import { readOrder } from '../support/factories.js';
import { type CollectableOrder, collectableOrder, refundOrder } from '../support/pickup.js';
import { TestApp } from '../support/test-app.js';

const HOUR_MS = 60 * 60 * 1_000;

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

const pathOf = ({ imageUrl }: CollectableOrder): string => new URL(imageUrl).pathname;

async function passOf({ order }: CollectableOrder): Promise<{ id: string; secret: Buffer }> {
  const [pass] = await app.sql<{ id: string; secret: Buffer }>(
    `SELECT id, secret FROM pickup_passes WHERE order_id = $1`,
    [order.id],
  );
  return pass!;
}

describe('S13 a code that is shown again', () => {
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
});

describe('S12 a code that is not ours', () => {
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

  it('cannot be had by the image’s own secret', async () => {
    const { order } = await collectableOrder(app);
    const [pass] = (await app.sql(`SELECT id, secret FROM pickup_passes WHERE order_id = $1`, [
      order.id,
    ])) as [{ id: string; secret: Buffer }];
    await scan(imageToken(pass, new Date(Date.now() + 60_000))).expect(404);
    expect((await readOrder(app, order.id)).status).toBe('confirmed');
  });

  it('was ours, and is worth nothing at any instance once the order is refunded', async () => {
    const { order, token } = await collectableOrder(app);
    await refundOrder(app, order);
    for (const at of [app, other]) {
      const { body } = await scan(token, at).expect(409);
      expect(body.code).toBe('order_refunded');
    }
    expect((await readOrder(app, order.id)).status).not.toBe('picked_up');
  });
});

describe('S14 the pickup image', () => {
  it('is kept by nobody on its way and tells nobody where it stands', async () => {
    const { headers } = await app.http.get(pathOf(await collectableOrder(app))).expect(200);
    expect(headers['cache-control']).toBe('private, no-store');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('is shown for an address that is over, forged, of another purpose, or of no order: one answer for all', async () => {
    const [paid, stranger] = [await collectableOrder(app), await collectableOrder(app)];
    const [pass, otherPass] = [await passOf(paid), await passOf(stranger)];
    const good = pathOf(paid).slice(3, -4);
    const [head, id, expiry, mac] = good.split('.') as [string, string, string, string];
    const later = (Number.parseInt(expiry, 36) + 1).toString(36);
    const names = [
      imageToken(pass, new Date(Date.now() - 1_000)),
      imageToken({ id: pass.id, secret: otherPass.secret }, new Date(Date.now() + HOUR_MS)),
      imageToken(
        { id: '00000000-0000-4000-8000-000000000000', secret: pass.secret },
        new Date(Date.now() + HOUR_MS),
      ),
      [head, id, later, mac].join('.'),
      [head, id, 'zzzzzzzzz', mac].join('.'),
      [head, id, expiry, mac.slice(0, -1)].join('.'),
      pickupToken(pass),
      paid.token,
      paid.order.id,
      paid.order.orderNumber,
      'x',
      'x'.repeat(119),
    ];
    const answers = [];
    for (const name of names) answers.push(await app.http.get(`/q/${name}.png`));
    answers.push(await app.http.get(`/q/${good}`), await app.http.get(`/q/${good}.PNG`));

    for (const { status, body, headers } of answers) {
      expect(status).toBe(404);
      const { instance: _instance, ...problem } = body as Record<string, unknown>;
      expect(problem).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        code: 'not_found',
        detail: 'Not Found',
      });
      expect(JSON.stringify(body)).not.toContain(mac.slice(0, 12));
      expect(headers['cache-control']).toContain('no-store');
    }
  });

  it('is left of an order that was refunded', async () => {
    const paid = await collectableOrder(app);
    await app.http.get(pathOf(paid)).expect(200);
    await refundOrder(app, paid.order);
    const { headers } = await app.http.get(pathOf(paid)).expect(404);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('leaves a token or an address in the log', async () => {
    const paid = await collectableOrder(app);
    await app.http.get(pathOf(paid)).expect(200);
    await app.as('counter').post('/api/pickups').send({ token: paid.token }).expect(200);
    await app.as('counter').post('/api/pickups').send({ token: paid.token }).expect(409);
    const log = JSON.stringify(app.logs);
    expect(log).not.toContain(paid.token.slice(27));
    expect(log).not.toContain(pathOf(paid).split('.').at(-2));
  });
});
