import type Stripe from 'stripe';
import {
  event,
  type EventOverrides,
} from '../../src/sandbox/stripe-double/factories/event.factory.js';
import {
  type DeliverOptions,
  signatureHeader,
} from '../../src/sandbox/stripe-double/webhook-delivery.js';
import type { TestApp } from './test-app.js';

/** Events about a session, by type. */
interface SessionEvents {
  'checkout.session.completed': Stripe.CheckoutSessionCompletedEvent;
  'checkout.session.expired': Stripe.CheckoutSessionExpiredEvent;
  'checkout.session.async_payment_succeeded': Stripe.CheckoutSessionAsyncPaymentSucceededEvent;
  'checkout.session.async_payment_failed': Stripe.CheckoutSessionAsyncPaymentFailedEvent;
}

/** Events about a payment, by type. */
interface IntentEvents {
  'payment_intent.succeeded': Stripe.PaymentIntentSucceededEvent;
  'payment_intent.payment_failed': Stripe.PaymentIntentPaymentFailedEvent;
  'payment_intent.canceled': Stripe.PaymentIntentCanceledEvent;
}

function latest(app: TestApp, type: string, objectId: string): Stripe.Event {
  const found = app.doubles.stripe.events.findLast(
    ({ event: { type: kind, data } }) =>
      kind === type && (data.object as { id?: string }).id === objectId,
  );
  if (!found) throw new Error(`Stripe made no ${type} of this`);
  return found.event;
}

/** The latest event of a kind that the double made about this session. */
export const sessionEvent = <T extends keyof SessionEvents>(
  app: TestApp,
  type: T,
  sessionId: string,
): SessionEvents[T] => latest(app, type, sessionId) as SessionEvents[T];

/** The latest event of a kind about the payment behind this session. */
export const intentEvent = <T extends keyof IntentEvents>(
  app: TestApp,
  type: T,
  sessionId: string,
): IntentEvents[T] =>
  latest(app, type, app.doubles.stripe.paymentIntentOf(sessionId).id) as IntentEvents[T];

/** A whole event about a session as it stands at Stripe now, with what a test changes in it. */
export function aboutSession<T extends keyof SessionEvents>(
  app: TestApp,
  type: T,
  sessionId: string,
  changes: Partial<Stripe.Checkout.Session> = {},
  overrides: EventOverrides = {},
): SessionEvents[T] {
  const session = { ...app.doubles.stripe.session(sessionId), ...changes };
  return { ...event('checkout.session.completed', session, overrides), type } as SessionEvents[T];
}

/** A whole event about the payment behind a session, with what a test changes in it. */
export function aboutIntent<T extends keyof IntentEvents>(
  app: TestApp,
  type: T,
  sessionId: string,
  changes: Partial<Stripe.PaymentIntent> = {},
  overrides: EventOverrides = {},
): IntentEvents[T] {
  const intent = { ...app.doubles.stripe.paymentIntentOf(sessionId), ...changes };
  return { ...event('payment_intent.succeeded', intent, overrides), type } as IntentEvents[T];
}

/** The same change told by a second Event object, as Stripe sometimes does. */
export const told = <E extends Stripe.Event>(again: E): E => ({
  ...structuredClone(again),
  id: `${again.id.slice(0, -6)}${Math.random().toString(36).slice(2, 8).padEnd(6, '0')}`,
});

/** Hands the events over one after the other and answers each status; null: no answer came. */
export async function deliver(
  app: TestApp,
  ...events: readonly Stripe.Event[]
): Promise<(number | null)[]> {
  const statuses: (number | null)[] = [];
  for (const one of events) statuses.push(...(await deliverWith(app, one)));
  return statuses;
}

export async function deliverWith(
  app: TestApp,
  one: Stripe.Event,
  options: DeliverOptions = {},
): Promise<(number | null)[]> {
  const attempts = await app.doubles.stripe.deliver(one, options);
  return attempts.map(({ status }) => status);
}

export interface PostOptions {
  /** Signs with this secret instead of the configured one. */
  readonly secret?: string | readonly string[];
  /** Epoch seconds. */
  readonly timestamp?: number;
  /** Sent as it is instead of a signature of ours; null: none at all. */
  readonly signature?: string | null;
  /** What is signed, when it is not what is sent. */
  readonly signedText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Base URL of another process. */
  readonly to?: string;
}

/** Posts exact bytes to one instance's webhook, validly signed unless told otherwise. */
export async function postWebhook(
  app: TestApp,
  body: string | Uint8Array<ArrayBuffer>,
  options: PostOptions = {},
): Promise<Response> {
  const text =
    options.signedText ?? (typeof body === 'string' ? body : new TextDecoder().decode(body));
  const secret = options.secret ?? app.config.stripe.webhookSecrets[0]!;
  const signature =
    options.signature === undefined
      ? signatureHeader(text, secret, options.timestamp)
      : options.signature;
  return fetch(`${options.to ?? app.url}/api/webhook/stripe`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(signature === null ? {} : { 'stripe-signature': signature }),
      ...options.headers,
    },
    redirect: 'manual',
  });
}
