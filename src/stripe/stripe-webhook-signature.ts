import Stripe from 'stripe';
import type { StripeConfig } from '../config/app-config.js';
import { WebhookSignatureError } from './stripe.errors.js';

/** Stripe's own default: a signature is good for five minutes (docs.stripe.com/webhooks). */
const TOLERANCE_SECONDS = 300;

/**
 * Verifies first, parses after. Any of the configured secrets will do (rotation, several endpoints).
 * Stricter than the SDK: a timestamp from the future is refused too, since the SDK only bounds age.
 */
export function verifyStripeEvent(
  stripe: Stripe,
  rawBody: Buffer,
  header: string | undefined,
  config: Pick<StripeConfig, 'webhookSecrets'>,
): Stripe.Event {
  if (!header) throw new WebhookSignatureError('missing');
  for (const secret of config.webhookSecrets) {
    const signedWithin = (seconds: number): unknown =>
      signedEvent(stripe, rawBody, header, secret, seconds);
    const event = signedWithin(TOLERANCE_SECONDS);
    // Stripe's own signature at the wrong time: an old call played again, or our clock is off.
    const isOld = event === undefined && signedWithin(ANY_AGE) !== undefined;
    if (isOld || (event !== undefined && isFromTheFuture(header))) {
      throw new WebhookSignatureError('timestamp');
    }
    if (event === undefined) continue;
    const snapshot = snapshotEvent(event);
    if (!snapshot) throw new WebhookSignatureError('malformed');
    return snapshot;
  }
  throw new WebhookSignatureError('mismatch');
}

/** What the SDK does not check when it is told 0. */
const ANY_AGE = 0;

/** What the body says; undefined when it was not signed with this secret, or too long ago. */
function signedEvent(
  stripe: Stripe,
  rawBody: Buffer,
  header: string,
  secret: string,
  toleranceSeconds: number,
): unknown {
  try {
    return stripe.webhooks.constructEvent(rawBody, header, secret, toleranceSeconds);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return undefined;
    // A signed body that is no JSON, or a thin event: the SDK throws plain errors for these.
    throw new WebhookSignatureError('malformed');
  }
}

function isFromTheFuture(header: string): boolean {
  const latest = Date.now() / 1_000 + TOLERANCE_SECONDS;
  return [...header.matchAll(/(?:^|,)t=(\d+)/g)].some(([, seconds]) => Number(seconds) > latest);
}

/** Ids and types of Stripe are words: anything else would only be refused by the database later. */
const WORD = /^[\w.-]{1,255}$/;
/** Epoch seconds of ten digits reach the year 2286. */
const LATEST_SECONDS = 9_999_999_999;

const isWord = (value: unknown): boolean => typeof value === 'string' && WORD.test(value);

/** A `null`, `[]` or number passes the SDK: only a whole snapshot event goes on. Null: it is none. */
export function snapshotEvent(value: unknown): Stripe.Event | null {
  const event = value as Partial<Stripe.Event> | null;
  const object = event?.data?.object;
  const whole =
    event?.object === 'event' &&
    isWord(event.id) &&
    isWord(event.type) &&
    Number.isInteger(event.created) &&
    Math.abs(event.created!) <= LATEST_SECONDS &&
    typeof event.livemode === 'boolean' &&
    typeof object === 'object' &&
    object !== null &&
    !Array.isArray(object);
  return whole ? (event as Stripe.Event) : null;
}
