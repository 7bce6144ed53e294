import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderBody, placeOrder } from '../support/factories.js';
import { expectNothingDone, footprint } from '../support/footprint.js';
import { expectProblem } from '../support/problems.js';
import { bearer, sendBytes, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const ask = (method: string, path: string, body?: string, type = 'application/json') =>
  expectNothingDone(app, () =>
    sendRaw(app, path, {
      method,
      headers: { ...bearer(app, 'admin'), ...(body ? { 'content-type': type } : {}) },
      ...(body ? { body } : {}),
    }),
  );

describe('S20 a route that does not exist', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/api'],
    ['GET', '/api/'],
    ['GET', '/api/nothing'],
    ['POST', '/api/nothing'],
    ['GET', '/api/orders/x/y/z'],
    ['GET', '/.env'],
    ['GET', '/.git/config'],
    ['GET', '/favicon.ico'],
    ['GET', '/index.php'],
    ['GET', '/api/orders/'],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd'],
    ['GET', '/api/webhook/stripe'],
    ['GET', '/api/cron/nothing'],
  ])('is a 404: %s %s', async (method, path) => {
    expectProblem(await ask(method, path), 404, 'not_found');
  });

  it('is a 404 whatever is sent to it', async () => {
    expectProblem(await ask('POST', '/api/nothing', '{"a":1}'), 404, 'not_found');
    expectProblem(await ask('POST', '/api/nothing', '{'), 404, 'not_found');
    const form = await ask('POST', '/api/nothing', 'a=1', 'application/x-www-form-urlencoded');
    expectProblem(form, 404, 'not_found');
  });

  it('does not repeat what it was asked for', async () => {
    const answer = await ask('GET', '/secret-token-1234?key=secret-key-5678');
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    const api = await ask('GET', '/api/nothing?key=secret-key-5678');
    expect(JSON.stringify(api.body)).not.toContain('secret');
  });

  it.each([
    ['PUT', '/api/orders'],
    ['DELETE', '/api/orders'],
    ['PATCH', '/api/orders'],
    ['OPTIONS', '/api/orders'],
    ['TRACE', '/api/orders'],
    ['DELETE', '/api/products'],
    ['POST', '/api/config'],
    ['GET', '/api/pickups'],
    ['PUT', '/api/webhook/stripe'],
    ['POST', '/api/docs-json'],
    ['PROPFIND', '/api/orders'],
  ])('is a 404 for a method it does not take: %s %s', async (method, path) => {
    expectProblem(await ask(method, path), 404, 'not_found');
  });

  it('is never a 5xx or a success, whatever the method', async () => {
    const order = await placeOrder(app);
    for (const method of METHODS.filter((one) => one !== 'CONNECT')) {
      const answer = await sendRaw(app, `/api/orders/${order.id}`, { method });
      const expected = ['GET', 'HEAD'].includes(method) ? [401] : [400, 404];
      expect([method, expected]).toEqual([method, expect.arrayContaining([answer.status])]);
    }
  });
});

describe('S20 a path that cannot be read', () => {
  it.each([['/api/orders/%E0%A4%A'], ['/api/orders/%'], ['/api/orders/%zz'], ['/%c0%ae%c0%ae/x']])(
    'is a 400: %s',
    async (path) => {
      expectProblem(await ask('GET', path), 400, 'bad_request');
    },
  );
});

describe('S31 bytes that are no request', () => {
  const host = 'Host: 127.0.0.1\r\n';
  const key = () => `Authorization: ${bearer(app, 'admin').authorization}\r\n`;

  it.each([
    ['nonsense', 'HELLO\r\n\r\n'],
    ['another protocol', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
    ['a method nobody has', `BREW /api/orders HTTP/1.1\r\n${host}\r\n`],
    ['no host', `GET /api/config HTTP/1.1\r\n\r\n`],
    [
      'two lengths',
      `POST /api/orders HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
    ],
    [
      'a length and pieces',
      `POST /api/orders HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a length that is none', `POST /api/orders HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`],
    ['a folded header', `GET /api/config HTTP/1.1\r\n${host}X-A: a\r\n b\r\n\r\n`],
    ['a header without a name', `GET /api/config HTTP/1.1\r\n${host}: x\r\n\r\n`],
  ])('are answered 400 and cut off: %s', async (_what, bytes) => {
    const answer = await expectNothingDone(app, () => sendBytes(app, bytes));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toMatch(/node_modules|\bat .*:\d+|fastify|stack/i);
  });

  it('are answered 431 when their headers are endless', async () => {
    // Just above Node's 16 KiB: a server that closes on unread bytes resets its answer away.
    const bytes = `GET /api/config HTTP/1.1\r\n${host}X-A: ${'x'.repeat(17_000)}\r\n\r\n`;
    expect(await sendBytes(app, bytes)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('smuggle no second request past the first', async () => {
    const body = JSON.stringify(await orderBody(app));
    const inner =
      `POST /api/orders HTTP/1.1\r\n${host}${key()}Content-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const answer = await expectNothingDone(app, () =>
      sendBytes(
        app,
        `POST /api/config HTTP/1.1\r\n${host}Content-Length: ${inner.length}\r\n` +
          `Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      ),
    );
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('S20 an error of our own', () => {
  it('is answered 500 without a word of its cause, and logged once', async () => {
    const body = JSON.stringify(await orderBody(app));
    const before = await footprint(app);
    const logged = app.logs.length;
    await app.sql(`ALTER TABLE order_items RENAME TO order_items_away`);
    try {
      const headers = { ...bearer(app, 'shop'), 'content-type': 'application/json' };
      const answer = await sendRaw(app, '/api/orders', { method: 'POST', headers, body });
      const problem = expectProblem(answer, 500, 'internal_error');
      expect(JSON.stringify(problem)).not.toMatch(/order_items|relation|column|42P01/);
    } finally {
      await app.sql(`ALTER TABLE order_items_away RENAME TO order_items`);
    }
    expect(await footprint(app)).toEqual(before);
    const lines = app.logs.slice(logged).filter(({ event }) => event === 'request_failed');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ method: 'POST', route: '/api/orders', status: 500 });
    expect(JSON.stringify(lines)).not.toMatch(/Aline|Moreau|\+590690/);
  });

  it('of a database that takes no writes for a while is a 503 that asks for patience', async () => {
    const body = JSON.stringify(await orderBody(app));
    const database = new URL(app.database.url).pathname.slice(1);
    // Of new connections only: this application's own stay as they are.
    await app.sql(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    const late = await TestApp.start({ beside: app });
    try {
      const headers = { ...bearer(late, 'shop'), 'content-type': 'application/json' };
      const answer = await expectNothingDone(app, () =>
        sendRaw(late, '/api/orders', { method: 'POST', headers, body }),
      );
      expectProblem(answer, 503, 'service_unavailable');
      expect(answer.headers['retry-after']).toBe('5');
    } finally {
      await late.stop();
      await app.sql(`ALTER DATABASE ${database} RESET default_transaction_read_only`);
    }
  });
});
