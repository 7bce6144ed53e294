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
  refuseFuture(header);
  for (const secret of config.webhookSecrets) {
    try {
      const signed: unknown = stripe.webhooks.constructEvent(
        rawBody,
        header,
        secret,
        TOLERANCE_SECONDS,
      );
      const event = snapshotEvent(signed);
      if (!event) throw new WebhookSignatureError('malformed');
      return event;
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError) continue;
      // A signed body that is no JSON, or a thin event: the SDK throws plain errors for these.
      throw new WebhookSignatureError('malformed');
    }
  }
  throw new WebhookSignatureError('mismatch');
}

function refuseFuture(header: string): void {
  const timestamp = Number(/(?:^|,)t=(\d+)/.exec(header)?.[1]);
  if (!(timestamp * 1_000 <= Date.now() + TOLERANCE_SECONDS * 1_000)) {
    throw new WebhookSignatureError('timestamp');
  }
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
