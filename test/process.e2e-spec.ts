import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  type AppProcess,
  type CompiledApplication,
  compileApplication,
  environmentBeside,
  spawnApplication,
} from './support/app-process.js';
import { maintain, urlOfDatabase } from './support/database-maintenance.js';
import { orderBody, payOrder, placeOrder } from './support/factories.js';
import { outboxOf, sendRequests, titlesTo, TITLE } from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { TestApp } from './support/test-app.js';

let compiled: CompiledApplication;
/** Answers HTTP in this process and sends nothing: the processes under test share its database. */
let app: TestApp;
let started: AppProcess[] = [];

beforeAll(async () => {
  [compiled, app] = await Promise.all([compileApplication(), TestApp.start()]);
}, 120_000);
afterEach(async () => {
  app.doubles.stripe.faults.clear();
  app.doubles.twilio.faults.clear();
  await Promise.all(started.map((one) => one.end('SIGKILL')));
  started = [];
});
afterAll(async () => {
  await app.stop();
  await compiled.remove();
});

async function spawn(env: NodeJS.ProcessEnv): Promise<AppProcess> {
  const one = await spawnApplication(compiled, { ...environmentBeside(app), ...env });
  started.push(one);
  return one;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const eventsOf = (one: AppProcess, event: string) =>
  one.logs().filter((line) => line['event'] === event);

const allSent = async (orderId: string): Promise<void> => {
  const rows = await outboxOf(app, orderId);
  expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'sent'));
};
describe('the roles', { timeout: 90_000 }, () => {
  it('web answers and sends nothing, worker sends and does not listen', async () => {
    const [web, worker] = await Promise.all([
      spawn({ PROCESS_ROLE: 'web' }),
      spawn({ PROCESS_ROLE: 'worker' }),
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
    const all = await (await spawn({ PROCESS_ROLE: 'all' })).ready();
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

describe('SIGTERM', { timeout: 90_000 }, () => {
  it('lets a request that is under way be answered, then ends with 0 and leaves nothing', async () => {
    const web = await (await spawn({ PROCESS_ROLE: 'web' })).ready();
    const body = await orderBody(app);
    const path = /^\/v1\/checkout\/sessions$/;
    const before = app.doubles.stripe.requestsTo('POST', path).length;
    app.doubles.stripe.faults.add({ method: 'POST', path, kind: 'delay', ms: 1_500 });
    const answer = supertest(web.url)
      .post('/api/orders')
      .set('authorization', `Bearer ${app.config.access.shopKeys[0]}`)
      .send(body)
      .then((response) => response);
    await vi.waitFor(
      () => expect(app.doubles.stripe.requestsTo('POST', path)).toHaveLength(before + 1),
      PATIENTLY,
    );
    // A browser keeps its connection open for more: it must not hold the process.
    await (await fetch(`${web.url}/health/live`)).text();
    const exit = web.end('SIGTERM');

    const { status, body: order } = await answer;
    expect(status).toBe(201);
    expect(order.paymentUrl).toEqual(expect.any(String));
    const answeredAt = Date.now();
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - answeredAt).toBeLessThan(4_000);
    expect(isAlive(web.pid)).toBe(false);
    await expect(fetch(`${web.url}/health/live`)).rejects.toThrow('fetch failed');
    expect(eventsOf(web, 'stopped')).toHaveLength(1);
  });

  it('lets a message that is on its way be settled', async () => {
    await app.drain();
    const worker = await (await spawn({ PROCESS_ROLE: 'worker' })).ready();
    app.doubles.twilio.faults.add({ method: 'POST', kind: 'delay', ms: 1_500 });
    const before = sendRequests(app);
    const order = await placeOrder(app);
    await vi.waitFor(() => expect(sendRequests(app)).toBe(before + 1), PATIENTLY);
    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    await allSent(order.id);
  });

  it('is as good as SIGINT, and a second one changes nothing', async () => {
    const worker = await (await spawn({ PROCESS_ROLE: 'worker' })).ready();
    const exits = [worker.end('SIGINT'), worker.end('SIGINT'), worker.end('SIGTERM')];
    expect(await Promise.all(exits)).toEqual(exits.map(() => ({ code: 0, signal: null })));
  });
});

describe('a start that cannot succeed', { timeout: 60_000 }, () => {
  it('lists every fault of the configuration on a line of its own, without a value, and ends with 1', async () => {
    const one = await spawn({
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
    const one = await spawn({ DATABASE_URL: 'postgres://shop:hunter2hunter2@127.0.0.1:1/shop' });
    expect(await one.ended).toEqual({ code: 1, signal: null });
    expect(one.stderr()).toContain('ECONNREFUSED');
    expect(one.stdout() + one.stderr()).not.toContain('hunter2');
  });

  it('says that the port is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const one = await spawn({ PORT: String(port), PROCESS_ROLE: 'web' });
    expect(await one.ended).toEqual({ code: 1, signal: null });
    holder.close();
    expect(one.stderr()).toMatch(/port is in use/i);
  });
});

describe('an empty database', { timeout: 90_000 }, () => {
  it('is migrated once by two processes that start at the same instant, and both work', async () => {
    const { url, template } = inject('testServer');
    const name = `${template}_empty`;
    await maintain(url, `CREATE DATABASE ${name}`);
    try {
      const env = { DATABASE_URL: urlOfDatabase(url, name), PROCESS_ROLE: 'all' };
      const both = await Promise.all([spawn(env), spawn(env)]);
      await Promise.all(both.map((one) => one.ready()));
      for (const one of both) await supertest(one.url).get('/health/ready').expect(200);

      const applied = both.map((one) => one.stderr().match(/^Migration \S+ applied$/gm) ?? []);
      expect(applied.filter((lines) => lines.length > 0)).toHaveLength(1);
      const rows = await maintain(
        urlOfDatabase(url, name),
        `SELECT name, count(*)::int AS times FROM migrations GROUP BY name`,
      );
      expect(rows.length).toBe(applied.flat().length);
      expect(rows.every(({ times }) => times === 1)).toBe(true);
      const exits = await Promise.all(both.map((one) => one.end()));
      expect(exits).toEqual(both.map(() => ({ code: 0, signal: null })));
    } finally {
      await Promise.all(started.map((one) => one.end('SIGKILL')));
      await maintain(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  });
});
