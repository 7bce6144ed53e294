import type Stripe from 'stripe';
import type { FormObject } from '../../src/sandbox/stripe-double/form-body.js';
import type { RecordedRequest } from '../../src/sandbox/double-server.js';
import { expectValidSessionCreateParams } from './shared-contracts.js';
import type { TestApp } from './test-app.js';

export interface SessionRow {
  readonly attempt: number;
  readonly status: string;
  readonly stripeSessionId: string | null;
  readonly closeReason: string | null;
}

/** The order's sessions as the application knows them, first attempt first. */
export async function sessionRows(app: TestApp, orderId: string): Promise<SessionRow[]> {
  return app.sql<SessionRow>(
    `SELECT attempt, status, stripe_session_id AS "stripeSessionId", close_reason AS "closeReason"
       FROM checkout_sessions WHERE order_id = $1 ORDER BY attempt`,
    [orderId],
  );
}

/** The order's sessions as Stripe knows them, oldest first. */
export const sessionsAtStripe = (app: TestApp, orderId: string): Stripe.Checkout.Session[] =>
  app.doubles.stripe.allSessions
    .map(({ session }) => session)
    .filter((session) => session.client_reference_id === orderId);

export interface CreateRequest {
  readonly headers: RecordedRequest['headers'];
  readonly body: FormObject;
}

/** Every request to open a session for the order, repeats included; fails for one Stripe would not take. */
export function createRequests(app: TestApp, orderId: string): CreateRequest[] {
  const requests = app.doubles.stripe
    .requestsTo('POST', /^\/v1\/checkout\/sessions$/)
    .map(({ headers, body }) => ({ headers, body: body as FormObject }))
    .filter(({ body }) => body['client_reference_id'] === orderId);
  for (const { body } of requests) expectValidSessionCreateParams(body);
  return requests;
}

export const expireRequests = (app: TestApp, sessionId: string): number =>
  app.doubles.stripe.requestsTo('POST', new RegExp(`/${sessionId}/expire$`)).length;

/** As if the pause before the next call to Stripe, or the lease of a caller that died, were over. */
export async function makeDue(app: TestApp, orderId: string): Promise<void> {
  await app.sql(`UPDATE checkout_sessions SET next_attempt_at = now() WHERE order_id = $1`, [
    orderId,
  ]);
}

/** The link's whole life passes, here and at Stripe; its event is not delivered. */
export async function outliveLink(
  app: TestApp,
  order: { readonly id: string; readonly stripeSessionId: string | null },
): Promise<void> {
  app.doubles.stripe.timeTravel(order.stripeSessionId!, 24 * 60);
  await app.age(order.id, 24 * 60);
}

/** Kinds of the order's messages and what became of them, in the order they were written. */
export async function messagesOf(app: TestApp, orderId: string): Promise<string[]> {
  const rows = await app.sql<{ line: string }>(
    `SELECT kind || ' ' || channel || ' ' || status AS line
       FROM notifications WHERE order_id = $1 ORDER BY id`,
    [orderId],
  );
  return rows.map(({ line }) => line);
}

export async function stockOf(app: TestApp, sku: string): Promise<number> {
  const [row] = await app.sql<{ stock: number }>(`SELECT stock FROM products WHERE sku = $1`, [
    sku,
  ]);
  return row!.stock;
}
