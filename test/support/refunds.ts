import { expect } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { RefundsTicker } from '../../src/payments/refunds.ticker.js';
import type { RecordedRequest } from '../../src/sandbox/double-server.js';
import type { FormObject } from '../../src/sandbox/stripe-double/form-body.js';
import { payOrder, placeOrder, type OrderInput } from './factories.js';
import type { TestApp } from './test-app.js';

export interface PaidOrder {
  readonly order: OrderResponse;
  readonly id: string;
  readonly sku: string;
  readonly sessionId: string;
  readonly intentId: string;
}

/** Two of ten tyres, 259.90 EUR, paid and told. */
export async function paidOrder(app: TestApp, input: OrderInput = {}): Promise<PaidOrder> {
  const placed = await placeOrder(app, input);
  const sessionId = placed.stripeSessionId!;
  const order = await payOrder(app, placed);
  const intentId = app.doubles.stripe.paymentIntentOf(sessionId).id;
  return { order, id: order.id, sku: order.items[0]!.sku, sessionId, intentId };
}

/** `POST /api/orders/{id}/refunds`, by an admin. */
export function askRefund(app: TestApp, orderId: string, body: object = {}, key?: string) {
  const request = app.as('admin').post(`/api/orders/${orderId}/refunds`).send(body);
  return key === undefined ? request : request.set('idempotency-key', key);
}

/** Every request to Stripe to give this payment back, repeats included. */
export const refundRequests = (app: TestApp, intentId: string): RecordedRequest[] =>
  app.doubles.stripe
    .requestsTo('POST', /^\/v1\/refunds$/)
    .filter(({ body }) => (body as FormObject)['payment_intent'] === intentId);

/** Sums of the refunds Stripe has made of a payment, oldest first. */
export const refundsAtStripe = (app: TestApp, intentId: string): number[] =>
  app.doubles.stripe
    .eventsOf('refund.created')
    .map(({ data }) => data.object)
    .filter(({ payment_intent: intent }) => intent === intentId)
    .map(({ amount }) => amount);

/** What the timer of a worker does for refunds, as if every pause and lease were over. */
export async function tickRefunds(app: TestApp): Promise<number> {
  await app.sql(`UPDATE refunds SET next_attempt_at = now() WHERE status = 'creating'`);
  return app.app.get(RefundsTicker).tick();
}

/** `amount status key`, oldest first. */
export async function refundRows(app: TestApp, orderId: string): Promise<string[]> {
  const rows = await app.sql<{ line: string }>(
    `SELECT amount || ' ' || status || ' ' || idempotency_key AS line
       FROM refunds WHERE order_id = $1 ORDER BY created_at, idempotency_key`,
    [orderId],
  );
  return rows.map(({ line }) => line);
}

/**
 * Not a cent is lost sight of: each payment that Stripe has captured is an order's payment or waits
 * for a person, once, and what went back of it is known.
 */
export async function expectMoneyConserved(app: TestApp): Promise<void> {
  const { stripe } = app.doubles;
  const atStripe = stripe.eventsOf('charge.succeeded').map(({ data: { object: paid } }) => {
    const { payment_intent: intent } = paid;
    const intentId = typeof intent === 'string' ? intent : intent?.id;
    const refunded = stripe.eventsOf('charge.refunded').map(({ data }) => data.object);
    const last = refunded.findLast(({ id }) => id === paid.id);
    return `${intentId} ${paid.amount} ${last?.amount_refunded ?? 0}`;
  });
  const here = await app.sql<{ line: string }>(
    `SELECT stripe_payment_intent_id || ' ' || amount || ' ' || refunded_amount AS line FROM payments
     UNION ALL
     SELECT object_id || ' ' || actual_amount || ' ' || refunded_amount FROM payment_reviews
      WHERE reason IN ('second_payment', 'paid_after_cancel', 'amount_mismatch', 'currency_mismatch')`,
  );
  expect(here.map(({ line }) => line).toSorted()).toEqual(atStripe.toSorted());
}
