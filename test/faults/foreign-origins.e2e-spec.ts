import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct } from '../support/factories.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

describe('S30 a request of a page of another site', () => {
  it('is given no permission', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://shop.test.evil.example']) {
      const preflight = await sendRaw(app, '/api/orders', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(preflight.status).toBe(404);
      for (const answer of [
        preflight,
        await sendRaw(app, '/api/config', { headers: { origin } }),
      ]) {
        expect(Object.keys(answer.headers).join()).not.toContain('access-control');
      }
    }
  });
});

describe('S17 links', () => {
  it('are built from the configuration, whatever host a request claims', async () => {
    const product = await createProduct(app);
    const answer = await sendRaw(app, '/api/orders', {
      method: 'POST',
      headers: {
        ...bearer(app, 'shop'),
        'content-type': 'application/json',
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
      },
      body: JSON.stringify({
        customer: { phoneNumber: '+590690123456' },
        items: [{ sku: product.sku, quantity: 1 }],
      }),
    });
    expect(answer.status).toBe(201);
    expect(JSON.stringify([answer.body, answer.headers])).not.toContain('evil');
    const [created] = app.doubles.stripe.requestsTo('POST', /\/v1\/checkout\/sessions$/);
    expect(JSON.stringify(created!.body)).not.toContain('evil');
    expect(created!.body).toMatchObject({
      cancel_url: expect.stringMatching(/^http:\/\/shop\.test\/payment\/cancel\?/),
    });
  });
});
