import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { imageToken, pickupToken } from '../../src/pickup/pickup-token.js';
import { payOrder, placeOrder, readOrder } from '../support/factories.js';
import { hurry, MESSAGES, outboxRow, sendRequests, whatsappTo } from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { type CollectableOrder, collectableOrder, refundOrder } from '../support/pickup.js';
import { readQrCode } from '../support/qr-code.js';
import { APP_URL, TestApp } from '../support/test-app.js';

const WHATSAPP = 'WhatsApp/2.24.6.77 A';
const HOUR_MS = 60 * 60 * 1_000;

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const pathOf = ({ imageUrl }: CollectableOrder): string => new URL(imageUrl).pathname;

async function passOf({ order }: CollectableOrder): Promise<{ id: string; secret: Buffer }> {
  const [pass] = await app.sql<{ id: string; secret: Buffer }>(
    `SELECT id, secret FROM pickup_passes WHERE order_id = $1`,
    [order.id],
  );
  return pass!;
}

describe('T11 the pickup image', () => {
  it('is a PNG that anybody with its address can fetch, and that shows the pickup token', async () => {
    const paid = await collectableOrder(app);
    expect(paid.imageUrl).toMatch(new RegExp(`^${APP_URL}/q/GQ1\\.[\\w.-]+\\.png$`));
    const answer = await app.http.get(pathOf(paid)).redirects(0).expect(200);

    expect(answer.headers['content-type']).toBe('image/png');
    expect(Number(answer.headers['content-length'])).toBe((answer.body as Buffer).length);
    expect(readQrCode(answer.body as Buffer)).toBe(paid.token);
    expect(paid.token).not.toContain(pathOf(paid).split('.').at(-2));
  });

  it('is kept by nobody on its way and tells nobody where it stands', async () => {
    const { headers } = await app.http.get(pathOf(await collectableOrder(app))).expect(200);
    expect(headers['cache-control']).toBe('private, no-store');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('can be looked at by a preview robot as often as it likes without redeeming anything', async () => {
    const paid = await collectableOrder(app);
    for (let n = 0; n < 3; n += 1) {
      await app.http.get(pathOf(paid)).set('user-agent', WHATSAPP).expect(200);
      const head = await app.http.head(pathOf(paid)).set('user-agent', WHATSAPP).expect(200);
      expect(head.headers['content-type']).toBe('image/png');
    }
    await app.http.post(pathOf(paid)).send({}).expect(404);
    expect((await readOrder(app, paid.order.id)).status).toBe('confirmed');
    await app.as('counter').post('/api/pickups').send({ token: paid.token }).expect(200);
  });

  it('is drawn anew at each call from the same code', async () => {
    const paid = await collectableOrder(app);
    const [one, two] = [await app.http.get(pathOf(paid)), await app.http.get(pathOf(paid))];
    expect(readQrCode(one.body as Buffer)).toBe(readQrCode(two.body as Buffer));
  });

  it('lives for a week', async () => {
    const paid = await collectableOrder(app);
    const pass = await passOf(paid);
    const expiry = Number.parseInt(pathOf(paid).split('.')[2]!, 36) * 1_000;
    expect(expiry).toBeGreaterThan(Date.now() + 7 * 24 * HOUR_MS - 60_000);
    expect(expiry).toBeLessThanOrEqual(Date.now() + 7 * 24 * HOUR_MS);
    const soon = imageToken(pass, new Date(Date.now() + HOUR_MS));
    await app.http.get(`/q/${soon}.png`).expect(200);
  });
});

describe('T11 no image', () => {
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

describe('T11 an image that Twilio cannot fetch', () => {
  it('is told by a callback, and the pickup code is sent once more with an address that works', async () => {
    const order = await placeOrder(app);
    await app.drain();
    await payOrder(app, order);
    const before = sendRequests(app);
    app.doubles.twilio.faults.add({
      method: 'POST',
      path: MESSAGES,
      kind: 'delay',
      ms: 2_000,
      times: 2,
    });
    const draining = app.drain();
    await vi.waitFor(() => expect(sendRequests(app)).toBe(before + 2), PATIENTLY);
    // While Twilio holds the message, the address in it dies.
    await app.sql(
      `UPDATE pickup_passes SET secret = decode(repeat('5a', 32), 'hex') WHERE order_id = $1`,
      [order.id],
    );
    await draining;
    await app.doubles.twilio.settled();
    expect(await outboxRow(app, order.id, 'pickup_qr')).toMatchObject({
      status: 'queued',
      deliveryStatus: 'failed',
      errorCode: expect.stringMatching(/^(63019|11200)$/),
    });

    await hurry(app, order.id);
    await app.drain();
    await app.doubles.twilio.settled();
    const [lost, again] = whatsappTo(app, order).slice(2);
    expect(lost?.media).toEqual([]);
    expect(again?.media).toMatchObject([{ contentType: 'image/png' }]);
    expect(await outboxRow(app, order.id, 'pickup_qr')).toMatchObject({
      status: 'sent',
      providerId: again?.sid,
    });
  });
});
