import Stripe from 'stripe';
import { checkoutSession } from '../../src/sandbox/stripe-double/factories/checkout-session.factory.js';
import { event } from '../../src/sandbox/stripe-double/factories/event.factory.js';
import { newPaymentIntentId } from '../../src/sandbox/stripe-double/stripe-ids.js';
import type { LoadRequest } from '../measure/load.js';
import { WEBHOOK_SECRET } from '../programs/settings.js';
import type { OpenOrder } from './orders.js';

const stripe = new Stripe('sk_test_benchmark');

/** `checkout.session.completed` for this order, made so many seconds ago. */
export function paidEvent({ id, sessionId, totalAmount }: OpenOrder, age = 0): string {
  const metadata = { orderId: id, orderNumber: 'GC-SEED', customerId: id };
  const session = checkoutSession({
    id: sessionId,
    status: 'complete',
    amount_total: totalAmount,
    client_reference_id: id,
    metadata,
    payment_intent: newPaymentIntentId(),
  });
  const created = Math.floor(Date.now() / 1_000) - age;
  return JSON.stringify(event('checkout.session.completed', session, { created }));
}

const request = (body: string, signature: string, expect: number): LoadRequest => ({
  path: '/api/webhook/stripe',
  body,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'stripe-signature': signature,
  },
  expect,
});

export const signedRequest = (payload: string): LoadRequest =>
  request(
    payload,
    stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET }),
    200,
  );

/** Right in form and time, made with another secret. */
export const forgedRequest = (payload: string): LoadRequest =>
  request(
    payload,
    stripe.webhooks.generateTestHeaderString({ payload, secret: 'whsec_other' }),
    400,
  );
