import Stripe from 'stripe';
import { withoutStack } from '../common/without-stack.js';
import type { StripeConfig } from '../config/app-config.js';
import { WebhookSignatureError } from './stripe.errors.js';

/** Stripe's own default: a signature is good for five minutes (docs.stripe.com/webhooks). */
const TOLERANCE_SECONDS = 300;

/** Made once: anybody can have them thrown, as often as he likes, and nobody reads where they come from. */
const REFUSED = {
  missing: new WebhookSignatureError('missing'),
  mismatch: new WebhookSignatureError('mismatch'),
  timestamp: new WebhookSignatureError('timestamp'),
  malformed: new WebhookSignatureError('malformed'),
};

/**
 * Verifies first, parses after. Any of the configured secrets will do (rotation, several endpoints).
 * Stricter than the SDK, which only bounds age: a timestamp from the future is refused too.
 */
export function verifyStripeEvent(
  stripe: Stripe,
  rawBody: Buffer,
  header: string | undefined,
  config: Pick<StripeConfig, 'webhookSecrets'>,
): Stripe.Event {
  if (!header) throw REFUSED.missing;
  for (const secret of config.webhookSecrets) {
    const event = signedEvent(stripe, rawBody, header, secret);
    if (event === undefined) continue;
    // Stripe's own signature at the wrong time: an old call played again, or our clock is off.
    if (!isTimely(header)) throw REFUSED.timestamp;
    const snapshot = snapshotEvent(event);
    if (!snapshot) throw REFUSED.malformed;
    return snapshot;
  }
  throw REFUSED.mismatch;
}

/** To the SDK: the age is checked here, so that a call is verified once to know what is wrong with it. */
const ANY_AGE = 0;

/** What the body says; undefined when it was not signed with this secret. */
function signedEvent(stripe: Stripe, rawBody: Buffer, header: string, secret: string): unknown {
  try {
    return withoutStack(() => stripe.webhooks.constructEvent(rawBody, header, secret, ANY_AGE));
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return undefined;
    // A signed body that is no JSON, or a thin event: the SDK throws plain errors for these.
    throw REFUSED.malformed;
  }
}

/** The SDK signs with the last of several timestamps; none may lie in the future. */
function isTimely(header: string): boolean {
  const stamps = [...header.matchAll(/(?:^|,)t=(\d+)/g)].map(([, seconds]) => Number(seconds));
  const oldest = Math.floor(Date.now() / 1_000) - TOLERANCE_SECONDS;
  const latest = Date.now() / 1_000 + TOLERANCE_SECONDS;
  return (stamps.at(-1) ?? 0) >= oldest && stamps.every((seconds) => seconds <= latest);
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
