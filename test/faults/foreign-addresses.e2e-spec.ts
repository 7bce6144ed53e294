import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderBody, payOrder, placeOrder } from '../support/factories.js';
import { expectNothingDone } from '../support/footprint.js';
import { expectProblem } from '../support/problems.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { pathWithIds, routesOf } from '../support/routes.js';
import { APP_URL, TestApp } from '../support/test-app.js';

let app: TestApp;
/** Nobody has a reason to ask it for anything. */
let trap: Server;
let visits = 0;
let address = '';

beforeAll(async () => {
  app = await TestApp.start();
  trap = createServer((_request, response) => {
    visits += 1;
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/trap`;
});
afterAll(async () => {
  trap.close();
  await app.stop();
});

const NAMES = [
  'returnUrl',
  'successUrl',
  'success_url',
  'cancelUrl',
  'cancel_url',
  'callbackUrl',
  'webhookUrl',
  'statusCallback',
  'imageUrl',
  'logo',
  'mediaUrl',
  'redirect',
  'next',
];

describe('S15 an address that a caller brings', () => {
  it('has no place in any body', async () => {
    const bodies = [
      ['/api/orders', await orderBody(app)],
      ['/api/products', { sku: 'S15', brand: 'B', model: 'M', unitAmount: 1_000, stock: 1 }],
      ['/api/pickups', { token: 'x' }],
    ] as const;
    for (const [path, body] of bodies) {
      for (const name of NAMES) {
        const answer = await expectNothingDone(app, () =>
          sendRaw(app, path, {
            method: 'POST',
            headers: { ...bearer(app, 'admin'), 'content-type': 'application/json' },
            body: JSON.stringify({ ...body, [name]: address }),
          }),
        );
        expectProblem(answer, 400, 'validation_failed', [name]);
      }
    }
  });

  it('is never visited, wherever it stands', async () => {
    const metadata = 'http://169.254.169.254/';
    const order = await placeOrder(app, {
      customer: {
        firstName: address,
        lastName: `http://[::]:${address.split(':')[2]}`,
        email: 'a@b.example',
      },
    });
    const cancelled = await placeOrder(app);
    const cancelling = await sendRaw(app, `/api/orders/${cancelled.id}/cancel`, {
      method: 'POST',
      headers: { ...bearer(app, 'admin'), 'content-type': 'application/json' },
      body: JSON.stringify({ reason: address }),
    });
    expect([200, 400]).toContain(cancelling.status);
    for (const route of routesOf(app)) {
      const query = NAMES.map((name) => `${name}=${encodeURIComponent(address)}`).join('&');
      await sendRaw(app, `${pathWithIds(route)}?${query}&url=${metadata}`, {
        method: route.method,
        headers: { ...bearer(app, 'admin'), referer: address, origin: address },
      });
    }
    await payOrder(app, order);
    await app.drain();
    expect(app.doubles.twilio.messages.length).toBeGreaterThan(0);
    expect(visits).toBe(0);
    for (const { mediaUrls } of app.doubles.twilio.messages) {
      for (const url of mediaUrls) expect(new URL(url).origin).toBe(APP_URL);
    }
  });
});

describe('S16 a way out of the shop', () => {
  it('leads nowhere but to the shop and to Stripe', async () => {
    const order = await placeOrder(app);
    for (const route of routesOf(app)) {
      for (const target of ['https://evil.example', '//evil.example', '/\\evil.example']) {
        const query = NAMES.map((name) => `${name}=${encodeURIComponent(target)}`).join('&');
        const path = route.path
          .replaceAll(/\{\w+\}/g, order.id)
          .concat(`?${query}&order_id=${order.id}&session_id=${order.stripeSessionId}`);
        const { headers, body } = await sendRaw(app, path, {
          method: route.method,
          headers: {
            ...bearer(app, 'admin'),
            host: 'evil.example',
            'x-forwarded-host': 'evil.example',
          },
        });
        const { location, refresh } = headers as { location?: string; refresh?: string };
        expect(`${location ?? ''} ${refresh ?? ''}`).not.toContain('evil');
        const { instance: _own, ...said } =
          typeof body === 'object' ? { ...body, instance: '' } : { instance: '', body };
        expect(JSON.stringify(said)).not.toContain('evil.example');
      }
    }
    const requests = app.doubles.stripe.requestsTo('POST', /\/v1\/checkout\/sessions$/);
    for (const { body } of requests) {
      expect(body).toMatchObject({
        success_url: `${APP_URL}/payment/success?session_id={CHECKOUT_SESSION_ID}`,
        cancel_url: expect.stringMatching(
          /^http:\/\/shop\.test\/payment\/cancel\?order_id=[\w-]+$/,
        ),
      });
    }
  });
});
