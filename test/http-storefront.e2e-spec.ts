import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({
    env: { STRIPE_PUBLISHABLE_KEY: 'pk_test_storefront', SHOP_NAME: 'Garage Étoile' },
  });
});
afterAll(() => app.stop());

describe('GET /api/config', () => {
  it('tells a storefront what it may know, without a key', async () => {
    const answer = await app.http.get('/api/config').expect(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toEqual({
      publishableKey: 'pk_test_storefront',
      currency: 'eur',
      shopName: 'Garage Étoile',
    });
  });

  it('tells no secret', async () => {
    const { text } = await app.http.get('/api/config').expect(200);
    const { access, stripe, twilio } = app.config;
    const secrets = [
      stripe.secretKey,
      ...stripe.webhookSecrets,
      twilio.authToken,
      access.cronSecret,
      ...access.adminKeys,
      ...access.shopKeys,
      ...access.counterKeys,
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('answers null where no publishable key is set', async () => {
    const plain = await TestApp.start({
      beside: app,
      config: (config) => ({ ...config, stripe: { ...config.stripe, publishableKey: null } }),
    });
    try {
      const { body } = await plain.http.get('/api/config').expect(200);
      expect(body.publishableKey).toBeNull();
    } finally {
      await plain.stop();
    }
  });
});
