import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AppProcess } from './support/app-process.js';
import { orderBody, payOrder, placeOrder } from './support/factories.js';
import { outboxOf, titlesTo, TITLE } from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { Processes } from './support/processes.js';
import type { TestApp } from './support/test-app.js';

let processes: Processes;
let app: TestApp;
beforeAll(async () => {
  processes = await Processes.start();
  ({ app } = processes);
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

const eventsOf = (one: AppProcess, event: string) =>
  one.logs().filter((line) => line['event'] === event);

const allSent = async (orderId: string): Promise<void> => {
  const rows = await outboxOf(app, orderId);
  expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'sent'));
};
describe('the roles', { timeout: 90_000 }, () => {
  it('web answers and sends nothing, worker sends and does not listen', async () => {
    const [web, worker] = await Promise.all([
      processes.spawn({ PROCESS_ROLE: 'web' }),
      processes.spawn({ PROCESS_ROLE: 'worker' }),
    ]);
    await Promise.all([web.ready(), worker.ready()]);
    const body = await orderBody(app);
    const { body: order } = await supertest(web.url)
      .post('/api/orders')
      .set('authorization', `Bearer ${app.config.access.shopKeys[0]}`)
      .send(body)
      .expect(201);
    await vi.waitFor(() => allSent(order.id), PATIENTLY);

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    await vi.waitFor(() => expect(eventsOf(worker, 'message.sent')).toHaveLength(1), PATIENTLY);
    expect(eventsOf(web, 'message.sent')).toEqual([]);
    await expect(fetch(`${worker.url}/health/live`)).rejects.toThrow('fetch failed');
    expect(await web.end()).toEqual({ code: 0, signal: null });
    expect(await worker.end()).toEqual({ code: 0, signal: null });
  });

  it('all does both, and logs one JSON object a line that tells nobody who bought', async () => {
    const all = await processes.ready({ PROCESS_ROLE: 'all' });
    const order = await placeOrder(app, {
      customer: { email: 'aline.moreau@example.com', lastName: 'Moreau' },
    });
    await payOrder(app, order);
    await vi.waitFor(async () => {
      expect(titlesTo(app, order)).toContain(TITLE.pickupQr);
      const statuses = (await outboxOf(app, order.id)).map(({ status }) => status);
      expect(statuses).not.toContain('sending');
    }, PATIENTLY);
    await supertest(all.url).get('/health/ready').expect(200);
    await supertest(all.url).get('/nowhere').expect(404);
    expect(await all.end()).toEqual({ code: 0, signal: null });

    for (const line of all.logs()) {
      expect(line).toMatchObject({ level: expect.any(String), event: expect.any(String) });
      expect(line['msg']).toEqual(expect.any(String));
      expect(line['time']).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
    }
    const messages = all.logs().map(({ msg }) => msg);
    expect(messages).toContainEqual(
      expect.stringMatching(/^Thank you message sent to \+590 ••• \d\d$/),
    );
    const said = all.stdout() + all.stderr();
    const secrets = [
      order.customer.phoneNumber.slice(4),
      'aline.moreau',
      'Moreau',
      order.paymentUrl!,
      app.config.twilio.authToken,
      app.config.stripe.secretKey,
      app.config.access.shopKeys[0]!,
      new URL(app.config.database.url!).password,
    ];
    for (const secret of secrets) expect(said).not.toContain(secret);
  });
});

describe('a start that cannot succeed', { timeout: 60_000 }, () => {
  it('lists every fault of the configuration on a line of its own, without a value, and ends with 1', async () => {
    const one = await processes.spawn({
      PORT: 'eighty-secret',
      REMINDER_CRON: 'every-secret-hour',
      STRIPE_SECRET_KEY: 'pk_test_secretvalue',
      STRIPE_WEBHOOK_SECRET: '',
      API_KEYS_ADMIN: 'short-secret',
      DATABASE_URL: 'mysql://root:secret@127.0.0.1/x',
      APP_URL: 'ftp://secret.example',
    });
    expect(await one.ended).toEqual({ code: 1, signal: null });

    const lines = one.stderr().split('\n');
    for (const name of [
      'PORT',
      'REMINDER_CRON',
      'STRIPE_SECRET_KEY',
      'STRIPE_WEBHOOK_SECRET',
      'API_KEYS_ADMIN',
      'DATABASE_URL',
      'APP_URL',
    ]) {
      expect(
        lines.filter((line) => line.trim().replace(/^- /, '').startsWith(`${name}:`)),
      ).toHaveLength(1);
    }
    expect(one.stderr()).not.toMatch(/secretvalue|-secret|:secret|secret\.example|secret@/);
    expect(one.stderr()).not.toMatch(/^\s+at /m);
    expect(one.stdout()).toBe('');
  });

  it('says that the database cannot be reached, without its password', async () => {
    const one = await processes.spawn({
      DATABASE_URL: 'postgres://shop:hunter2hunter2@127.0.0.1:1/shop',
    });
    expect(await one.ended).toEqual({ code: 1, signal: null });
    expect(one.stderr()).toContain('ECONNREFUSED');
    expect(one.stdout() + one.stderr()).not.toContain('hunter2');
  });

  it('says that the port is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const one = await processes.spawn({ PORT: String(port), PROCESS_ROLE: 'web' });
    expect(await one.ended).toEqual({ code: 1, signal: null });
    holder.close();
    expect(one.stderr()).toMatch(/port is in use/i);
  });
});
