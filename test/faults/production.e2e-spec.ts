import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder, placeOrder } from '../support/factories.js';
import { expectProblem } from '../support/problems.js';
import { bearer, keyOf, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let production: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  production = await TestApp.start({
    beside: app,
    config: (config) => ({ ...config, environment: 'production' }),
  });
});
afterAll(async () => {
  await production.stop();
  await app.stop();
});

const read = (path: string, headers: Record<string, string> = {}) =>
  sendRaw(production, path, { headers });

const DOCS = ['/api/docs', '/api/docs/', '/api/docs-json', '/api/docs-yaml'];

describe('S35 in production, the documentation', () => {
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });

  it('is shown to an admin key, as bearer or as the password of Basic', async () => {
    const key = keyOf(production, 'admin');
    for (const path of [...DOCS, '/api/docs/swagger-ui-init.js', '/api/docs/swagger-ui.css']) {
      expect(await read(path, bearer(production, 'admin'))).toMatchObject({ status: 200 });
      expect(await read(path, basic('admin', key))).toMatchObject({ status: 200 });
      expect(await read(path, basic('', key))).toMatchObject({ status: 200 });
    }
  });

  it.each([
    ...DOCS.map((path) => [path]),
    ['/api/docs/swagger-ui-init.js'],
    ['/api/docs/swagger-ui-bundle.js'],
    ['/api/docs/index.html'],
    ['/api/docs/LICENSE'],
    ['/api/docs?x=1'],
    ['/api/docs-json?x=1'],
    ['/api/%64ocs'],
    ['/api/%64ocs-json'],
    ['/api/%64ocs-yaml'],
    ['/api/docs%2Djson'],
    ['/%61pi/docs-json'],
    ['/api/%64ocs/swagger-ui-init.js'],
    ['/api/d%6Fcs/swagger-ui-init.js'],
  ])('answers 401 to everybody else at %s', async (path) => {
    const key = keyOf(production, 'admin');
    const others: Record<string, string>[] = [
      {},
      bearer(production, 'shop'),
      bearer(production, 'counter'),
      basic('admin', keyOf(production, 'shop')),
      basic('admin', ''),
      basic(key, ''),
      basic('admin', `${key}x`),
      { authorization: 'Basic !!!' },
      { authorization: 'Bearer undefined' },
      { authorization: `Bearer ${production.config.access.cronSecret}` },
    ];
    for (const headers of others) {
      const answer = await read(path, headers);
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers['www-authenticate']).toContain('Basic realm=');
    }
  });

  it('has no other door: what leads nowhere tells nothing', async () => {
    for (const path of [
      '//api/docs-json',
      '/api/docs-json/',
      '/API/docs-json',
      '/api/./docs-json',
    ]) {
      const answer = await read(path);
      expect([401, 404]).toContain(answer.status);
    }
  });

  it('leaves the other routes as they are', async () => {
    expect(await read('/api/config')).toMatchObject({ status: 200 });
    expect(await read('/api/products', bearer(production, 'shop'))).toMatchObject({ status: 200 });
  });
});

describe('S35 in production, what monitoring may read without a key', () => {
  it('holds no secret, nobody’s name and no order', async () => {
    const email = 'perlette@quidam.example';
    const order = await placeOrder(app, { customer: { firstName: 'Perlette', email } });
    await payOrder(app, order);
    await app.drain();
    const { access, stripe, twilio, database, mail } = production.config;
    const nowhere = [
      ...access.adminKeys,
      ...access.shopKeys,
      ...access.counterKeys,
      access.cronSecret,
      stripe.secretKey,
      ...stripe.webhookSecrets,
      twilio.accountSid,
      twilio.authToken,
      database.url!,
      new URL(database.url!).pathname.slice(1),
      mail.smtpUrl!,
      email,
      'Perlette',
      order.customer.phoneNumber,
      order.id,
      order.orderNumber,
      order.stripeSessionId!,
    ];
    for (const path of ['/health/live', '/health/ready', '/metrics', '/api/config']) {
      const { status, body } = await read(path);
      expect(status).toBe(200);
      const text = JSON.stringify(body);
      for (const secret of nowhere) expect([path, text.includes(secret)]).toEqual([path, false]);
    }
    expect(JSON.stringify((await read('/health/live')).body)).toBe('{"status":"ok"}');
  });

  it.each([
    ['/sandbox'],
    ['/debug'],
    ['/api/admin'],
    ['/.env'],
    ['/.git/HEAD'],
    ['/server-status'],
    ['/actuator'],
    ['/health'],
    ['/metrics/default'],
  ])('is all there is: %s', async (path) => {
    expectProblem(await read(path), 404, 'not_found');
  });
});
