import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct, orderBody, placeOrder } from './support/factories.js';
import { expectNothingDone } from './support/footprint.js';
import { expectProblem } from './support/problems.js';
import { bearer, keyOf, sendRaw } from './support/raw-http.js';
import { pathWithIds, routesOf } from './support/routes.js';
import { type Role, TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const ROLES: readonly Role[] = ['admin', 'shop', 'counter'];

/** Everything else needs a key or the cron secret. */
const PUBLIC = [
  'GET /api/config',
  'POST /api/webhook/stripe',
  'POST /api/webhook/twilio/status',
  'GET /payment/success',
  'GET /payment/cancel',
  'GET /q/{file}',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
];

const CRON = /^GET \/api\/cron\//;

const ALLOWED: Readonly<Record<string, readonly Role[]>> = {
  'POST /api/orders': ['admin', 'shop'],
  'GET /api/orders': ['admin'],
  'GET /api/orders/{id}': ['admin', 'shop'],
  'POST /api/orders/{id}/checkout-session': ['admin', 'shop'],
  'POST /api/orders/{id}/cancel': ['admin'],
  'GET /api/orders/{id}/timeline': ['admin'],
  'POST /api/orders/{id}/reminders': ['admin'],
  'POST /api/orders/{id}/refunds': ['admin'],
  'GET /api/orders/{id}/refunds': ['admin'],
  'GET /api/orders/{id}/refunds/{refundId}': ['admin'],
  'GET /api/products': ['admin', 'shop'],
  'GET /api/products/{id}': ['admin', 'shop'],
  'POST /api/products': ['admin'],
  'PATCH /api/products/{id}': ['admin'],
  'POST /api/pickups': ['admin', 'counter'],
};

const keyed = () =>
  routesOf(app).filter(({ method, path }) => {
    const name = `${method} ${path}`;
    return !PUBLIC.includes(name) && !CRON.test(name);
  });

describe('every route', () => {
  it('is known here: a new one says who may use it', () => {
    const names = keyed().map(({ method, path }) => `${method} ${path}`);
    expect(names.toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
  });

  it('answers 401 without a key, before it looks at anything else', async () => {
    for (const route of keyed()) {
      const answer = await expectNothingDone(app, () =>
        sendRaw(app, pathWithIds(route), { method: route.method }),
      );
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      const malformed = await sendRaw(app, route.path.replace('{id}', 'x'), {
        method: route.method,
      });
      expectProblem(malformed, 401, 'unauthorized');
    }
  });

  it('takes the keys of its roles and answers 403 to the others', async () => {
    for (const route of keyed()) {
      const allowed = ALLOWED[`${route.method} ${route.path}`]!;
      for (const role of ROLES) {
        const answer = await expectNothingDone(app, () =>
          sendRaw(app, pathWithIds(route), { method: route.method, headers: bearer(app, role) }),
        );
        const found = `${role}: ${route.method} ${route.path}`;
        if (allowed.includes(role)) expect([found, answer.status]).not.toEqual([found, 403]);
        else expectProblem(answer, 403, 'forbidden');
        expect([found, answer.status]).not.toEqual([found, 401]);
      }
    }
  });

  it('of the scheduler takes its secret and no API key', async () => {
    const crons = routesOf(app).filter(({ method, path }) => CRON.test(`${method} ${path}`));
    expect(crons.length).toBeGreaterThan(0);
    for (const { path } of crons) {
      for (const role of ROLES) {
        const answer = await sendRaw(app, path, { headers: bearer(app, role) });
        expect(answer).toMatchObject({ status: 401, body: { error: 'Unauthorized' } });
      }
      const secret = `Bearer ${app.config.access.cronSecret}`;
      const answer = await sendRaw(app, path, { headers: { authorization: secret } });
      expect(answer).toMatchObject({ status: 200, body: { success: true } });
    }
    const authorization = `Bearer ${app.config.access.cronSecret}`;
    const asKey = await sendRaw(app, '/api/orders', { headers: { authorization } });
    expectProblem(asKey, 401, 'unauthorized');
  });
});

describe('a role', () => {
  it('of the shop places, reads and renews, and can do no more', async () => {
    const product = await createProduct(app);
    const body = await orderBody(app, { items: [{ sku: product.sku, quantity: 1 }] });
    const shop = app.as('shop');
    const order = (await shop.post('/api/orders').send(body).expect(201)).body;
    await shop.get(`/api/orders/${order.id}`).expect(200);
    await shop.post(`/api/orders/${order.id}/checkout-session`).expect(200);
    const attempts = [
      () => shop.get('/api/orders'),
      () => shop.post(`/api/orders/${order.id}/cancel`).send({}),
      () => shop.get(`/api/orders/${order.id}/timeline`),
      () => shop.post('/api/products').send({ ...product, sku: 'B' }),
      () => shop.patch(`/api/products/${product.id}`).send({ unitAmount: 1 }),
    ];
    for (const attempt of attempts) {
      expectProblem(await expectNothingDone(app, async () => attempt()), 403, 'forbidden');
    }
  });

  it('of the counter sees no order and no catalogue', async () => {
    const order = await placeOrder(app);
    const counter = app.as('counter');
    for (const path of [`/api/orders/${order.id}`, '/api/orders', '/api/products']) {
      expectProblem(await counter.get(path), 403, 'forbidden');
    }
    const placing = counter.post('/api/orders').send(await orderBody(app));
    expectProblem(await placing, 403, 'forbidden');
  });
});

describe('a key', () => {
  const listing = (headers: Record<string, string | string[]>, path = '/api/orders') =>
    sendRaw(app, path, { headers });

  it('is taken with its scheme in any case', async () => {
    const key = keyOf(app, 'admin');
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect((await listing({ authorization: `${scheme} ${key}` })).status).toBe(200);
    }
  });

  it('is refused when it is not exactly one of ours in exactly its place', async () => {
    const key = keyOf(app, 'admin');
    const attempts: Record<string, string | string[]>[] = [
      { authorization: '' },
      { authorization: 'Bearer' },
      { authorization: 'Bearer ' },
      { authorization: key },
      { authorization: `Bearer ${key.slice(0, -1)}` },
      { authorization: `Bearer ${key}x` },
      { authorization: `Bearer ${key.toUpperCase()}` },
      { authorization: `Bearer  ${key}` },
      { authorization: `Bearer ${key} x` },
      { authorization: `Bearer ${key},${key}` },
      { authorization: `Token ${key}` },
      { authorization: `Basic ${Buffer.from(`admin:${key}`).toString('base64')}` },
      { authorization: `Bearer ${'x'.repeat(8_000)}` },
      { authorization: 'Bearer undefined' },
      { 'x-api-key': key },
      { cookie: `authorization=Bearer ${key}; key=${key}` },
    ];
    for (const headers of attempts) expectProblem(await listing(headers), 401, 'unauthorized');
    for (const query of [`key=${key}`, `access_token=${key}`, `authorization=Bearer%20${key}`]) {
      expectProblem(await listing({}, `/api/orders?${query}`), 401, 'unauthorized');
    }
  });

  it('may be one of several while it is rotated', async () => {
    const [old, fresh] = ['o'.repeat(32), 'f'.repeat(32)];
    const rotating = await TestApp.start({
      beside: app,
      env: { API_KEYS_SHOP: `${old},${fresh}`, API_KEYS_ADMIN: 'a'.repeat(32) },
    });
    try {
      for (const key of [old, fresh, 'a'.repeat(32)]) {
        const headers = { authorization: `Bearer ${key}` };
        expect((await sendRaw(rotating, '/api/products', { headers })).status).toBe(200);
      }
      const answer = await sendRaw(rotating, '/api/products', { headers: bearer(app, 'shop') });
      expectProblem(answer, 401, 'unauthorized');
    } finally {
      await rotating.stop();
    }
  });

  it('is never logged, whatever came of the request', async () => {
    const wrong = 'canary-key-0000000000000000000000000';
    await listing({ authorization: `Bearer ${wrong}` });
    await listing({ authorization: `Bearer ${keyOf(app, 'shop')}` });
    await listing({}, `/api/orders?key=${wrong}`);
    const text = JSON.stringify(app.logs);
    for (const key of [wrong, ...ROLES.map((role) => keyOf(app, role))]) {
      expect(text).not.toContain(key);
    }
  });
});

describe('no way around a role', () => {
  it.each([
    ['//api/orders'],
    ['/api//orders'],
    ['/api/orders/'],
    ['/API/orders'],
    ['/api/Orders'],
    ['/api/%6frders'],
    ['/api/%6Frders'],
    ['/%61pi/orders'],
    ['/api%2forders'],
    ['/./api/orders'],
    ['/api/products/../orders'],
    ['/api/products/%2e%2e/orders'],
    ['/api/orders;jsessionid=1'],
    ['/api/orders%00'],
    ['/api/orders?'],
    ['/api/orders#'],
    ['/api/config/../orders'],
  ])('leads through %s', async (path) => {
    const without = await sendRaw(app, path);
    expect([400, 401, 404]).toContain(without.status);
    const shop = await sendRaw(app, path, { headers: bearer(app, 'shop') });
    expect([400, 403, 404]).toContain(shop.status);
  });

  it('leads through another method', async () => {
    const order = await placeOrder(app);
    for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
      const answer = await expectNothingDone(app, () =>
        sendRaw(app, `/api/orders/${order.id}`, {
          headers: { ...bearer(app, 'shop'), [name]: 'DELETE' },
        }),
      );
      expect(answer.status).toBe(200);
    }
    const head = await sendRaw(app, '/api/orders', { method: 'HEAD' });
    expect(head.status).toBe(401);
    const asShop = await sendRaw(app, '/api/orders', {
      method: 'HEAD',
      headers: bearer(app, 'shop'),
    });
    expect(asShop.status).toBe(403);
  });
});
