import { Client } from 'pg';
import twilio from 'twilio';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProduct, placeOrder, readOrder } from '../support/factories.js';
import { collectableOrder } from '../support/pickup.js';
import { expectProblem } from '../support/problems.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { postWebhook, sessionEvent } from '../support/stripe-events.js';
import { APP_URL, TestApp } from '../support/test-app.js';

const LIMIT = 5;
const LIMITS = {
  RATE_LIMIT_ORDERS: String(LIMIT),
  RATE_LIMIT_LINKS: String(LIMIT),
  RATE_LIMIT_PICKUPS: String(LIMIT),
  RATE_LIMIT_PAGES: String(LIMIT),
  RATE_LIMIT_REFUSALS: String(LIMIT),
};

/** Without limits; what the two others are measured by. */
let app: TestApp;
let sku: string;
const started: TestApp[] = [];

beforeAll(async () => {
  app = await TestApp.start();
  sku = (await createProduct(app, { stock: 1_000 })).sku;
});
afterAll(() => app.stop());
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
  await app.sql(`DELETE FROM rate_limits`);
});

async function limited(env: NodeJS.ProcessEnv = {}): Promise<TestApp> {
  const one = await TestApp.start({ beside: app, env: { ...LIMITS, ...env } });
  started.push(one);
  return one;
}

const ORDER = () => ({
  customer: { phoneNumber: '+590690123456' },
  items: [{ sku, quantity: 1 }],
});

type Ask = (through: TestApp, n: number) => PromiseLike<{ status: number; headers: object }>;

/** Sends them one after the other, each to the next instance; answers the statuses. */
async function statusesOf(ask: Ask, count: number, ...instances: TestApp[]): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < count; n += 1) {
    statuses.push((await ask(instances[n % instances.length]!, n)).status);
  }
  return statuses;
}

const allowed = (status: number): number[] => Array.from({ length: LIMIT }, () => status);

describe('S25 a burst', () => {
  it('of orders is stopped over all instances together, and says when to come back', async () => {
    const [one, two] = [await limited(), await limited()];
    const place: Ask = (through) => through.as('shop').post('/api/orders').send(ORDER());
    expect(await statusesOf(place, LIMIT + 2, one, two)).toEqual([...allowed(201), 429, 429]);
    const answer = await one.as('shop').post('/api/orders').send(ORDER());
    expectProblem(answer, 429, 'too_many_requests');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  it('from many sockets at once is stopped at the same number', async () => {
    const [one, two] = [await limited(), await limited()];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_none, n) =>
        (n % 2 === 0 ? one : two).as('shop').post('/api/orders').send(ORDER()),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(LIMIT);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - LIMIT);
  });

  it('of one key leaves another key its own', async () => {
    const one = await limited();
    const place = (role: 'admin' | 'shop') => one.as(role).post('/api/orders').send(ORDER());
    for (let n = 0; n < LIMIT; n += 1) await place('shop').expect(201);
    await place('shop').expect(429);
    await place('admin').expect(201);
  });

  it('of payment links, pickup codes, pages and images is stopped too', async () => {
    const one = await limited();
    const order = await placeOrder(app, { items: [{ sku, quantity: 1 }] });
    const link: Ask = (through) =>
      through.as('shop').post(`/api/orders/${order.id}/checkout-session`);
    expect(await statusesOf(link, LIMIT + 1, one)).toEqual([...allowed(200), 429]);

    const guess: Ask = (through, n) =>
      through
        .as('counter')
        .post('/api/pickups')
        .send({ token: `guess-${n}` });
    expect(await statusesOf(guess, LIMIT + 1, one)).toEqual([...allowed(404), 429]);
    // Known to be over, it is not even looked up: the right code has to wait as well.
    const { token } = await collectableOrder(app);
    expect((await one.as('counter').post('/api/pickups').send({ token })).status).toBe(429);

    const page: Ask = (through, n) =>
      n % 2 === 0
        ? through.http.get('/payment/cancel?order_id=x')
        : through.http.get('/q/guessed.png');
    expect(await statusesOf(page, LIMIT + 1, one)).toEqual([404, 404, 404, 404, 404, 429]);
  });

  it('is forgotten after a minute', async () => {
    const [one, two] = [await limited(), await limited()];
    const page: Ask = (through) => through.http.get('/payment/cancel?order_id=x');
    expect(await statusesOf(page, LIMIT + 1, one)).toEqual([...allowed(404), 429]);
    await app.sql(`UPDATE rate_limits SET expire = expire - 60000`);
    // The first remembers by itself that it is over; the second asks the database.
    expect(await statusesOf(page, LIMIT + 1, two)).toEqual([...allowed(404), 429]);
  });

  it('never keeps Stripe or Twilio out, however much was forged before', async () => {
    const one = await limited();
    const order = await placeOrder(app, { items: [{ sku, quantity: 1 }] });
    for (let n = 0; n < 4 * LIMIT; n += 1) {
      const forged = await postWebhook(one, '{}', { signature: `t=1,v1=${n}` });
      expect(forged.status).toBe(400);
      expect((await sendRaw(one, '/api/orders')).status).toBe(n < LIMIT ? 401 : 429);
    }
    app.doubles.stripe.pay(order.stripeSessionId!);
    const paid = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
    for (let n = 0; n < 4 * LIMIT; n += 1) {
      expect((await postWebhook(one, JSON.stringify(paid))).status).toBe(200);
    }
    expect((await readOrder(app, order.id)).paymentStatus).toBe('paid');

    const path = '/api/webhook/twilio/status?nid=1';
    const params = { MessageSid: `SM${'0'.repeat(32)}`, MessageStatus: 'delivered' };
    const call = (signature: string) =>
      one.http.post(path).type('form').set('x-twilio-signature', signature).send(params);
    const { authToken } = app.config.twilio;
    const signature = twilio.getExpectedTwilioSignature(authToken, `${APP_URL}${path}`, params);
    for (let n = 0; n < 4 * LIMIT; n += 1) {
      await call('forged').expect(403);
      await call(signature).expect(204);
    }
  });
});

describe('S25 failed attempts to get in', () => {
  it('are stopped per address, and shut nobody out who has a key', async () => {
    const [one, two] = [await limited(), await limited()];
    const attempt: Ask = (through, n) =>
      sendRaw(through, '/api/products', { headers: { authorization: `Bearer guess-${n}` } });
    expect(await statusesOf(attempt, LIMIT + 2, one, two)).toEqual([...allowed(401), 429, 429]);
    for (const through of [one, two]) {
      const answer = await sendRaw(through, '/api/products', { headers: bearer(app, 'shop') });
      expect(answer.status).toBe(200);
    }
  });

  it('are stopped at the documentation in production', async () => {
    const one = await TestApp.start({
      beside: app,
      env: LIMITS,
      config: (config) => ({ ...config, environment: 'production' }),
    });
    started.push(one);
    const attempt: Ask = (through) => sendRaw(through, '/api/docs-json');
    expect(await statusesOf(attempt, LIMIT + 1, one)).toEqual([...allowed(401), 429]);
    const answer = await sendRaw(one, '/api/docs-json', { headers: bearer(app, 'admin') });
    expect(answer.status).toBe(200);
  });
});

describe('S17 the address that is counted', () => {
  const attempt: Ask = (through, n) =>
    sendRaw(through, '/api/products', {
      headers: {
        'x-forwarded-for': `203.0.113.${n}`,
        forwarded: `for=203.0.113.${n}`,
        'x-real-ip': `203.0.113.${n}`,
      },
    });

  it('is that of the socket, whatever a header claims', async () => {
    const one = await limited();
    expect(await statusesOf(attempt, LIMIT + 2, one)).toEqual([...allowed(401), 429, 429]);
    const strange = await limited({ TRUST_PROXY: '198.51.100.7,10.0.0.0/8' });
    expect(await statusesOf(attempt, 1, strange)).toEqual([429]);
  });

  it('is what a proxy says that the shop named, and no more of it than its own word', async () => {
    const behind = await limited({ TRUST_PROXY: '127.0.0.1' });
    expect(await statusesOf(attempt, LIMIT + 2, behind)).not.toContain(429);
    const spoofing: Ask = (through, n) =>
      sendRaw(through, '/api/products', {
        headers: { 'x-forwarded-for': `203.0.113.${100 + n}, 192.0.2.9` },
      });
    expect(await statusesOf(spoofing, LIMIT + 1, behind)).toEqual([...allowed(401), 429]);
  });
});

describe('S25 with the database away', () => {
  it('each process counts by itself: no lockout, and no open door', async () => {
    const one = await limited();
    await app.sql(`ALTER TABLE rate_limits RENAME TO rate_limits_away`);
    try {
      const page: Ask = (through) => through.http.get('/payment/cancel?order_id=x');
      expect(await statusesOf(page, LIMIT + 1, one)).toEqual([...allowed(404), 429]);
    } finally {
      await app.sql(`ALTER TABLE rate_limits_away RENAME TO rate_limits`);
    }
  });
});

describe('S25 what the counting costs', () => {
  /** Statements that reach PostgreSQL while the work is done, by whichever application. */
  async function statementsOf(work: () => PromiseLike<unknown>): Promise<number> {
    const query = vi.spyOn(Client.prototype, 'query');
    await work();
    const { length } = query.mock.calls;
    query.mockRestore();
    return length;
  }

  it('is one statement an order, none once somebody is over, none for a webhook', async () => {
    const one = await limited();
    const place = (through: TestApp) => () => through.as('shop').post('/api/orders').send(ORDER());
    const usual = await statementsOf(place(app));
    expect(usual).toBe(2);
    expect(await statementsOf(place(one))).toBe(usual + 1);
    for (let n = 0; n < LIMIT; n += 1) await place(one)();
    expect(await statementsOf(place(one))).toBe(0);

    const forged = (through: TestApp) => () =>
      postWebhook(through, '{}', { signature: 't=1,v1=0' });
    expect(await statementsOf(forged(one))).toBe(0);
    const event = (through: TestApp, id: string) => () =>
      postWebhook(
        through,
        JSON.stringify({
          id,
          object: 'event',
          type: 'plan.created',
          livemode: false,
          data: { object: {} },
        }),
      );
    expect(await statementsOf(event(one, 'evt_2'))).toBe(await statementsOf(event(app, 'evt_1')));
  });
});
