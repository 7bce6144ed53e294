import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { type CreateRequest, createRequests } from './support/checkout.js';
import { createProduct, placeOrder } from './support/factories.js';
import {
  contractsAbsent,
  contractsPresent,
  expectValidSessionCreateParams,
} from './support/shared-contracts.js';
import { APP_URL, TestApp } from './support/test-app.js';

if (!contractsPresent)
  process.stdout.write(`Stripe’s types for our requests: ${contractsAbsent}\n`);

let app: TestApp;
let order: OrderResponse;
let request: CreateRequest;
let sentAt: number;

beforeAll(async () => {
  app = await TestApp.start();
  const [tyre, battery] = [
    await createProduct(app),
    await createProduct(app, { brand: 'Bosch', model: 'S4 60Ah', unitAmount: 8_990 }),
  ];
  sentAt = Date.now() / 1_000;
  order = await placeOrder(app, {
    customer: { email: 'aline@example.com' },
    items: [
      { sku: tyre.sku, quantity: 4 },
      { sku: battery.sku, quantity: 1 },
    ],
  });
  request = createRequests(app, order.id)[0]!;
});
afterAll(() => app.stop());

describe('the request to Stripe', () => {
  it('is made once', () => {
    expect(createRequests(app, order.id)).toHaveLength(1);
  });

  it('says what the contract lists and nothing else', () => {
    const metadata = {
      orderId: order.id,
      orderNumber: order.orderNumber,
      customerId: order.customer.id,
    };
    const { expires_at: expiresAt, ...rest } = request.body;
    expect(rest).toEqual({
      mode: 'payment',
      locale: 'fr',
      client_reference_id: order.id,
      metadata,
      payment_intent_data: { metadata },
      line_items: [
        {
          quantity: '4',
          price_data: {
            currency: 'eur',
            unit_amount: '12995',
            product_data: { name: 'Michelin Primacy 4 205/55 R16 91V' },
          },
        },
        {
          quantity: '1',
          price_data: {
            currency: 'eur',
            unit_amount: '8990',
            product_data: { name: 'Bosch S4 60Ah' },
          },
        },
      ],
      allowed_payment_method_types: ['card'],
      adaptive_pricing: { enabled: 'false' },
      success_url: `${APP_URL}/payment/success?session_id={CHECKOUT_SESSION_ID}`,
      cancel_url: `${APP_URL}/payment/cancel?order_id=${order.id}`,
    });
    expect(expiresAt).toMatch(/^\d{10}$/);
  });

  it('lets the link live 23 h 55: Stripe refuses exactly 24 h under clock skew', () => {
    const life = Number(request.body['expires_at']) - sentAt;
    expect(life).toBeGreaterThan(1_435 * 60 - 60);
    expect(life).toBeLessThanOrEqual(1_435 * 60 + 5);
    expect(order.paymentExpiresAt).toBe(
      new Date(Number(request.body['expires_at']) * 1_000).toISOString(),
    );
  });

  it('carries a key of our own, our secret and the pinned version', () => {
    expect(request.headers).toMatchObject({
      'idempotency-key': `cs:${order.id}:1`,
      authorization: `Bearer ${app.config.stripe.secretKey}`,
      'stripe-version': '2026-10-28.endive',
      'content-type': 'application/x-www-form-urlencoded',
    });
  });

  it('names no person: metadata are no place for personal data', () => {
    const text = JSON.stringify(request.body);
    for (const word of ['Aline', 'Moreau', 'aline@example.com', order.customer.phoneNumber]) {
      expect(text).not.toContain(word);
    }
  });

  it('would be accepted by Stripe’s types, as would every other one of this file', () => {
    const requests = app.doubles.stripe.requestsTo('POST', /^\/v1\/checkout\/sessions$/);
    expect(requests.length).toBeGreaterThan(0);
    for (const { body } of requests) expectValidSessionCreateParams(body);
  });

  it.each([
    ['35', ['card', 'alma'], 'card,alma'],
    ['1435', ['card'], 'card'],
  ])('follows CHECKOUT_TTL_MINUTES=%s and offers %j', async (minutes, methods, listed) => {
    const configured = await TestApp.start({
      beside: app,
      env: { CHECKOUT_TTL_MINUTES: minutes, STRIPE_PAYMENT_METHODS: listed },
    });
    try {
      const placed = await placeOrder(configured);
      const { body } = createRequests(app, placed.id)[0]!;
      expectValidSessionCreateParams(body);
      expect(body['allowed_payment_method_types']).toEqual(methods);
      const life = Number(body['expires_at']) - Date.now() / 1_000;
      expect(Math.abs(life - Number(minutes) * 60)).toBeLessThan(60);
    } finally {
      await configured.stop();
    }
  });
});
