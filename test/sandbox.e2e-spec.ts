import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadAppConfig } from '../src/config/load-app-config.js';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { ASSETS } from '../src/sandbox/pages/assets.js';
import { startSandbox } from '../src/sandbox/start-sandbox.js';
import { readQrCode } from './support/qr-code.js';
import { ALINE, SandboxShop, TYRE } from './support/sandbox-shop.js';

let shop: SandboxShop;

beforeAll(async () => {
  shop = await SandboxShop.start();
});
afterAll(() => shop.remove());

const place = async (quantity = 1): Promise<OrderResponse> => {
  const items = [{ sku: TYRE, quantity }];
  const { body } = await shop.as('shop').post('/api/orders').send({ customer: ALINE, items });
  return body as OrderResponse;
};
const read = async (id: string): Promise<OrderResponse> =>
  (await shop.as('shop').get(`/api/orders/${id}`)).body as OrderResponse;
const messagesAbout = async (order: OrderResponse) =>
  (await shop.state(ALINE.phoneNumber)).phone.messages.filter(({ text }) =>
    text.includes(order.orderNumber),
  );
const message = (order: OrderResponse, words: string) =>
  vi.waitUntil(async () => (await messagesAbout(order)).find(({ text }) => text.includes(words)), {
    timeout: 10_000,
  });
const pay = async (order: OrderResponse): Promise<void> => {
  const body = new URLSearchParams({ number: '4242424242424242' });
  await fetch(order.paymentUrl!, { method: 'POST', body, redirect: 'manual' });
};

describe('the demo catalogue', () => {
  it('fills empty shelves, once', async () => {
    const { products } = await shop.state();
    expect(products).toHaveLength(12);
    expect(products.find(({ sku }) => sku === TYRE)).toMatchObject({
      brand: 'Michelin',
      model: 'Primacy 4 205/55 R16 91V',
      unitAmount: 12_995,
      currency: 'eur',
    });
    for (const { stock } of products) expect(stock).toBeGreaterThanOrEqual(8);
    await shop.sql(`UPDATE products SET active = false WHERE sku <> $1`, [TYRE]);
    const other = await SandboxShop.start({ beside: shop });
    expect((await other.state()).products.map(({ sku }) => sku)).toEqual([TYRE]);
    await other.remove();
    await shop.sql(`UPDATE products SET active = true`);
  });
});

describe('the pages', () => {
  it.each(['/sandbox', '/sandbox/phone'])(
    'answer %s, which loads only its own files',
    async (path) => {
      const { status, text, headers } = await shop.http.get(path);
      expect(status).toBe(200);
      expect(headers['content-security-policy']).toMatch(
        /script-src 'self';.*frame-ancestors 'none'/,
      );
      const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
      const files = loaded.filter((url) => url.startsWith('/sandbox/assets/'));
      expect(files.length).toBeGreaterThan(3);
      expect(loaded.filter((url) => !url.startsWith('/'))).toEqual([]);
      for (const file of files) expect((await shop.http.get(file)).status).toBe(200);
      expect(text).not.toMatch(/<script(?![^>]*src=)|\son\w+=/);
    },
  );

  it.each([...ASSETS.keys()])('serve %s as what it is', async (file) => {
    const { status, headers, body, text } = await shop.http.get(`/sandbox/assets/${file}`);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(ASSETS.get(file)!.type);
    if (!file.endsWith('.js')) return;
    const script = text || String(body);
    const options = { fileName: file, reportDiagnostics: true, compilerOptions: { allowJs: true } };
    expect(ts.transpileModule(script, options).diagnostics).toEqual([]);
    const imports = [...script.matchAll(/from '\.\/([^']+)'/g)].map(([, name]) => name!);
    expect(imports.filter((name) => !ASSETS.has(name))).toEqual([]);
  });

  it('answer 404 for a file that is not theirs', async () => {
    expect((await shop.http.get('/sandbox/assets/main.ts')).status).toBe(404);
    expect((await shop.http.get('/sandbox/assets/..%2f..%2fpackage.json')).status).toBe(404);
  });

  it('stay out of the API’s documentation', async () => {
    const { body } = await shop.http.get('/api/docs-json');
    const paths = Object.keys((body as { paths: object }).paths);
    expect(paths).toContain('/api/orders');
    expect(paths.filter((path) => path.includes('sandbox'))).toEqual([]);
  });
});

describe('the time machine', () => {
  it('brings one reminder after an hour, with the time that is left', async () => {
    const order = await place();
    await message(order, 'COMMANDE ENREGISTRÉE');
    expect(
      (await shop.http.post(`/sandbox/orders/${order.id}/age`).send({ minutes: 60 })).status,
    ).toBe(204);
    const { text } = await message(order, 'FINALISEZ VOTRE COMMANDE');
    expect(text).toContain('⚠️ Ce lien expire dans 22h');
    expect(text).toContain(order.paymentUrl);
    await shop.http.post(`/sandbox/orders/${order.id}/age`).send({ minutes: 60 });
    const aged = await read(order.id);
    expect((await shop.state()).orders[0]).toMatchObject({ id: order.id, reminderSent: true });
    expect(aged.reminderSent).toBe(true);
    const twoHours = 2 * 60 * 60 * 1_000;
    expect(Date.parse(String(order.createdAt)) - Date.parse(String(aged.createdAt))).toBe(twoHours);
    expect(
      Date.parse(String(order.paymentExpiresAt)) - Date.parse(String(aged.paymentExpiresAt)),
    ).toBe(twoHours);
    const counted = await shop.sql<{ count: string }>(
      `SELECT count(*) FROM notifications WHERE order_id = $1 AND kind = 'payment_reminder'`,
      [order.id],
    );
    expect(counted).toEqual([{ count: '1' }]);
    await pay(order);
    expect((await read(order.id)).paymentStatus).toBe('paid');
  });

  it.each([
    ['a day passes', 'age', { minutes: 24 * 60 }],
    ['the link is expired', 'expire', {}],
  ])(
    'cancels the order when %s, frees the stock and tells the customer',
    async (_how, action, body) => {
      const stockOf = async () =>
        (await shop.state()).products.find(({ sku }) => sku === TYRE)!.stock;
      const before = await stockOf();
      const order = await place(3);
      expect(await stockOf()).toBe(before - 3);
      const answer = await shop.http.post(`/sandbox/orders/${order.id}/${action}`).send(body);
      expect(answer.status).toBe(204);
      await message(order, 'LIEN DE PAIEMENT EXPIRÉ');
      expect(await read(order.id)).toMatchObject({
        status: 'cancelled',
        paymentStatus: 'failed',
        cancelReason: 'payment_link_expired',
        reminderSent: false,
      });
      expect(await stockOf()).toBe(before);
    },
  );

  it('answers 409 for the link of an order that no longer waits', async () => {
    const order = await place();
    await pay(order);
    const { status, body } = await shop.http.post(`/sandbox/orders/${order.id}/expire`);
    expect([status, (body as { code: string }).code]).toEqual([409, 'order_not_pending']);
  });

  it('answers 404 for an unknown order, 400 for no time', async () => {
    const unknown = '/sandbox/orders/00000000-0000-4000-8000-000000000000';
    expect((await shop.http.post(`${unknown}/age`).send({ minutes: 60 })).status).toBe(404);
    expect((await shop.http.post(`${unknown}/expire`)).status).toBe(404);
    for (const minutes of [0, -60, 1.5, 1e6, '60', null]) {
      expect((await shop.http.post(`${unknown}/age`).send({ minutes })).status).toBe(400);
    }
  });
});

describe('the phone', () => {
  let order: OrderResponse;

  beforeAll(async () => {
    order = await place(2);
    await pay(order);
    await message(order, 'QR CODE DE RETRAIT');
  });

  it('shows the picture that was sent, and the counter reads its code', async () => {
    const { id, media } = await message(order, 'QR CODE DE RETRAIT');
    expect(media).toEqual(['image/png']);
    const picture = await shop.http.get(`/sandbox/media/${id}/0`);
    expect(picture.headers['content-type']).toBe('image/png');
    const scan = await shop.http.post('/sandbox/scans').send({ messageId: id, picture: 0 });
    expect(scan.body).toEqual({ token: readQrCode(picture.body as Buffer) });
    expect(
      (
        await shop
          .as('counter')
          .post('/api/pickups')
          .send(scan.body as object)
      ).status,
    ).toBe(200);
    expect(
      (
        await shop
          .as('counter')
          .post('/api/pickups')
          .send(scan.body as object)
      ).status,
    ).toBe(409);
  });

  it('shows the e-mail with its picture, framed by nobody else and without scripts', async () => {
    const { phone } = await shop.state();
    const mail = phone.mails.find(
      ({ text, pictures }) => text.includes(order.orderNumber) && pictures === 1,
    );
    const { text, headers } = await shop.http.get(`/sandbox/mails/${mail!.id}`);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none';.*frame-ancestors 'self'$/,
    );
    expect(text).toContain('MERCI POUR VOTRE COMMANDE');
    expect(text).not.toContain('cid:');
    const png = /src="data:image\/png;base64,([^"]+)"/.exec(text)?.[1];
    expect(readQrCode(Buffer.from(png!, 'base64'))).toMatch(/^GC1\./);
  });

  it('keeps the conversations of several customers apart', async () => {
    const other = '+596696111111';
    const body = {
      customer: { phoneNumber: other, locale: 'en' },
      items: [{ sku: TYRE, quantity: 1 }],
    };
    await shop.as('shop').post('/api/orders').send(body);
    await vi.waitUntil(async () => (await shop.state()).phone.number === other, {
      timeout: 10_000,
    });
    const { phone } = await shop.state();
    expect(phone.messages.map(({ text }) => text.split('\n')[0])).toEqual(['🛒 ORDER PLACED']);
    expect(phone.numbers).toEqual([other, ALINE.phoneNumber]);
    const { messages } = (await shop.state(ALINE.phoneNumber)).phone;
    expect(messages.some(({ text }) => text.includes(order.orderNumber))).toBe(true);
  });

  it('answers 404 for pictures and e-mails that do not exist', async () => {
    const sid = `MM${'0'.repeat(32)}`;
    expect((await shop.http.get(`/sandbox/media/${sid}/0`)).status).toBe(404);
    expect((await shop.http.get('/sandbox/media/..%2f..%2fphone/0')).status).toBe(404);
    expect((await shop.http.get('/sandbox/mails/9999')).status).toBe(404);
    const scan = await shop.http.post('/sandbox/scans').send({ messageId: sid, picture: 0 });
    expect([scan.status, (scan.body as { code: string }).code]).toEqual([422, 'no_qr_code']);
  });
});

describe('what needs no key', () => {
  const act = (headers: Record<string, string>) =>
    shop.http.post('/sandbox/orders/00000000-0000-4000-8000-000000000000/expire').set(headers);
  const host = () => new URL(shop.url).host;

  it.each<[string, () => Record<string, string>]>([
    ['another site', () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })],
    ['a form of another site', () => ({ origin: 'null' })],
    [
      'another port of this machine',
      () => ({ origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' }),
    ],
    [
      'a name that was pointed here',
      () => ({ host: 'evil.example', origin: 'http://evil.example' }),
    ],
  ])('refuses %s', async (_who, headers) => {
    const { status, body } = await act(headers());
    expect([status, (body as { code: string }).code]).toEqual([403, 'cross_site']);
  });

  it('lets its own pages and plain clients through', async () => {
    const own = { origin: `http://${host()}`, host: host(), 'sec-fetch-site': 'same-origin' };
    expect((await act(own)).status).toBe(404);
    expect((await act({})).status).toBe(404);
  });

  it('shows public keys only', async () => {
    expect((await shop.state()).keys.shop).toBe('sandbox-shop-key-00000000000000000');
    const own = await SandboxShop.start({
      beside: shop,
      env: { API_KEYS_SHOP: 'a-key-of-the-shop-itself-0123456789' },
    });
    const { keys } = await own.state();
    expect(keys).toEqual({
      admin: 'sandbox-admin-key-0000000000000000',
      shop: null,
      counter: 'sandbox-counter-key-00000000000000',
    });
    await own.remove();
  });
});

describe('the sandbox', () => {
  it('does not start in production', async () => {
    const config = { ...loadAppConfig({}), environment: 'production' } as const;
    await expect(startSandbox(config)).rejects.toThrow('does not run in production');
  });
});
