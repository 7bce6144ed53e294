import { cp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadAppConfig } from '../src/config/load-app-config.js';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { obtainProviders } from '../src/sandbox/providers/obtain-providers.js';
import {
  ALINE,
  newDataDir,
  SandboxShop,
  type SandboxShopOptions,
  TYRE,
} from './support/sandbox-shop.js';

const shops: SandboxShop[] = [];
const folders: string[] = [];

const start = async (options: SandboxShopOptions = {}): Promise<SandboxShop> => {
  const shop = await SandboxShop.start(options);
  // Those that own the database go last.
  shops.unshift(shop);
  return shop;
};
const folder = async (): Promise<string> => {
  folders.push(await newDataDir());
  return folders.at(-1)!;
};

afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.remove();
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
});

const place = async (shop: SandboxShop): Promise<OrderResponse> => {
  const body = { customer: ALINE, items: [{ sku: TYRE, quantity: 1 }] };
  return (await shop.as('shop').post('/api/orders').send(body)).body as OrderResponse;
};
const pay = async ({ paymentUrl }: OrderResponse): Promise<number> => {
  const body = new URLSearchParams({ number: '4242424242424242' });
  return (await fetch(paymentUrl!, { method: 'POST', body, redirect: 'manual' })).status;
};
const titles = async (shop: SandboxShop): Promise<string[]> =>
  (await shop.state()).phone.messages.map(({ text }) => text.split('\n')[0]!);
const hasMessages = (shop: SandboxShop, count: number): Promise<void> =>
  vi.waitFor(async () => expect(await titles(shop)).toHaveLength(count), { timeout: 10_000 });
const THE_WHOLE_STORY = [
  '🛒 COMMANDE ENREGISTRÉE',
  '🎉 MERCI POUR VOTRE COMMANDE !',
  '📱 VOTRE QR CODE DE RETRAIT',
];
const storyIn = (shop: SandboxShop): Promise<void> =>
  vi.waitFor(async () => expect(await titles(shop)).toEqual(THE_WHOLE_STORY), { timeout: 10_000 });

describe('a second process of the same data folder', () => {
  it('joins the doubles of the first: a worker sends what a web process writes', async () => {
    const web = await start({ env: { PROCESS_ROLE: 'web' } });
    const worker = await start({ beside: web, env: { PROCESS_ROLE: 'worker' } });
    expect(worker.config.stripe.apiBaseUrl).toBe(web.config.stripe.apiBaseUrl);
    expect(worker.config.twilio.apiBaseUrl).toBe(web.config.twilio.apiBaseUrl);
    expect(worker.config.mail.smtpUrl).toBe(web.config.mail.smtpUrl);
    const order = await place(web);
    await hasMessages(web, 1);
    expect(await pay(order)).toBe(303);
    await storyIn(web);
  });

  it('serves the pages when the first one only works in the background', async () => {
    const worker = await start({ env: { PROCESS_ROLE: 'worker' } });
    const web = await start({ beside: worker, env: { PROCESS_ROLE: 'web' } });
    expect(web.config.stripe.apiBaseUrl).toBe(worker.config.stripe.apiBaseUrl);
    const order = await place(web);
    expect(
      (await web.http.post(`/sandbox/orders/${order.id}/age`).send({ minutes: 60 })).status,
    ).toBe(204);
    expect(await pay(order)).toBe(303);
    await vi.waitFor(
      async () => expect(await titles(web)).toContain('📱 VOTRE QR CODE DE RETRAIT'),
      { timeout: 10_000 },
    );
    const { id } = (await web.state()).phone.messages.at(-1)!;
    const { body } = await web.http.post('/sandbox/scans').send({ messageId: id, picture: 0 });
    expect(
      (
        await web
          .as('counter')
          .post('/api/pickups')
          .send(body as object)
      ).status,
    ).toBe(200);
  });

  it('leaves the doubles running when it ends, and says so when they have ended', async () => {
    const first = await start();
    const second = await start({ beside: first });
    await second.stop();
    expect(await pay(await place(first))).toBe(303);
    const third = await start({ beside: first });
    await first.stop();
    const { status, body } = await third.http.get('/sandbox/state');
    expect([status, (body as { code: string }).code]).toEqual([503, 'sandbox_providers_gone']);
  });

  it('is called back at the process that listens, of several the latest', async () => {
    const first = await start({
      env: { PORT: '0', APP_URL: 'http://shop.test', PROCESS_ROLE: 'web' },
    });
    const second = await start({ beside: first, env: { APP_URL: 'http://shop.test' } });
    const order = await place(second);
    await second.stop();
    // The first one is the only one left: the webhook must find it, on a port nobody had told.
    expect(await pay(order)).toBe(303);
    const [row] = await first.sql<{ status: string }>(`SELECT status FROM orders WHERE id = $1`, [
      order.id,
    ]);
    expect(row?.status).toBe('confirmed');
  });

  it('gets the one set of doubles, however many start at once', async () => {
    const config = loadAppConfig({ DATA_DIR: await folder() });
    const all = await Promise.all(Array.from({ length: 5 }, () => obtainProviders(config)));
    expect(new Set(all.map(({ urls }) => JSON.stringify(urls))).size).toBe(1);
    await Promise.all(all.map(({ stop }) => stop()));
  });

  it('goes on after a start that was killed half-way', async () => {
    const dataDir = await folder();
    const lock = join(dataDir, 'sandbox-starting');
    await writeFile(lock, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    const { control, stop } = await obtainProviders(loadAppConfig({ DATA_DIR: dataDir }));
    expect(await control.isAlive()).toBe(true);
    await stop();
    expect(await control.isAlive()).toBe(false);
  });

  it('refuses to start with the keys of other providers', async () => {
    const dataDir = await folder();
    const keys = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };
    const first = await obtainProviders(loadAppConfig({ DATA_DIR: dataDir, ...keys }));
    await expect(obtainProviders(loadAppConfig({ DATA_DIR: dataDir }))).rejects.toThrow(
      /has no stripe/,
    );
    await first.stop();
  });
});

describe('a restart', () => {
  it('keeps links, messages and e-mails, on the same ports', async () => {
    const first = await start();
    const order = await place(first);
    await hasMessages(first, 1);
    await first.stop();
    const second = await start({ beside: first });
    expect(second.config.stripe.apiBaseUrl).toBe(first.config.stripe.apiBaseUrl);
    expect(await pay(order)).toBe(303);
    await storyIn(second);
    expect((await second.state()).phone.mails).toHaveLength(2);
  });

  it('after a kill finds all that was a moment old', async () => {
    const first = await start();
    const { dataDir } = first.config.database;
    const paid = await place(first);
    await hasMessages(first, 1);
    expect(await pay(paid)).toBe(303);
    await storyIn(first);
    await vi.waitFor(
      async () => {
        const { messages } = (await first.state()).phone;
        expect(messages.map(({ status }) => status)).toEqual(['read', 'read', 'read']);
      },
      { timeout: 10_000 },
    );
    const open = await place(first);
    await hasMessages(first, 4);
    const saved = (name: string) => readFile(join(dataDir, `sandbox-${name}.json`), 'utf8');
    await vi.waitFor(async () => {
      expect(await saved('stripe')).toContain(open.stripeSessionId);
      expect(await saved('twilio')).toContain(open.orderNumber);
    });
    // What a kill leaves: the files as they are now, and nobody at the ports.
    const copy = await folder();
    await cp(dataDir, copy, { recursive: true });
    await first.stop();
    const second = await start({ beside: first, dataDir: copy });
    const { id } = (await second.state()).phone.messages[2]!;
    expect((await second.http.get(`/sandbox/media/${id}/0`)).headers['content-type']).toBe(
      'image/png',
    );
    expect(await pay(open)).toBe(303);
    expect((await second.as('shop').get(`/api/orders/${open.id}`)).body).toMatchObject({
      status: 'confirmed',
    });
  });

  it('begins anew where the files cannot be read', async () => {
    const dataDir = await folder();
    for (const name of ['stripe', 'twilio', 'mail', 'providers']) {
      await writeFile(join(dataDir, `sandbox-${name}.json`), '{"format":1,"sta');
    }
    const shop = await start({ dataDir });
    expect((await shop.state()).phone).toMatchObject({ messages: [], mails: [] });
    expect((await place(shop)).paymentUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/c\/pay\/cs_test_/);
  });
});
