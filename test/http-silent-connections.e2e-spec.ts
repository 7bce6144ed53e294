import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestApp } from './support/test-app.js';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(async () => {
  await app.stop();
});

it('ends without waiting for a connection on which nobody has asked for anything', async () => {
  const silent = connect(Number(new URL(app.url).port), '127.0.0.1');
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  // The server has seen it by then: connections are accepted in their order.
  await app.http.get('/health/live').expect(200);
  const gone = once(silent, 'close');
  const begin = Date.now();
  await app.app.close();
  await gone;
  expect(Date.now() - begin).toBeLessThan(8_000);
});
