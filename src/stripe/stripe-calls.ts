import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { measureProviderCall } from '../common/metrics.js';
import { withoutStack } from '../common/without-stack.js';
import { AppConfig } from '../config/app-config.js';
import { StripeCircuit } from './stripe-circuit.js';
import { createStripeClient } from './stripe-client.js';
import { KEY_REFUSED, PaymentProviderError, REPLAYED_FAILURE } from './stripe.errors.js';

/** A caller waits no longer than this, whatever the SDK's own retries are doing. */
const DEADLINE_MS = 9_500;
/** Requests for one call that Stripe answers 429. */
const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 500;

/**
 * How every call to Stripe is made: within a deadline, measured, repeated while there are too many
 * calls, stopped while the key is refused. Whatever goes wrong is a PaymentProviderError.
 */
@Injectable()
export class StripeCalls {
  readonly client: Stripe;
  private readonly circuit = new StripeCircuit();

  constructor(config: AppConfig) {
    this.client = createStripeClient(config.stripe);
  }

  /** `read` turns Stripe's answer into what the caller needs; it throws `unusable` for one that is not whole. */
  async call<Answer, Result>(
    operation: string,
    request: (client: Stripe) => Promise<Answer>,
    read: (answer: Answer) => Result,
  ): Promise<Result> {
    return measureProviderCall('stripe', operation, async () => {
      this.circuit.enter(operation);
      try {
        const answer = await withDeadline((endsAt) =>
          // The SDK notes before each call where it came from, in case it fails: nobody reads that here.
          patiently(() => withoutStack(() => request(this.client)), endsAt),
        );
        this.circuit.accepted(operation);
        return read(answer);
      } catch (error) {
        this.judge(operation, error);
        throw asProviderError(error);
      }
    });
  }

  private judge(operation: string, error: unknown): void {
    if (!(error instanceof Stripe.errors.StripeError)) return;
    const { statusCode } = error;
    if (isKeyRefusal(statusCode)) this.circuit.refused(operation, statusCode);
    else if (statusCode !== undefined && statusCode < 500) this.circuit.accepted(operation);
  }
}

/** stripe-node resolves on any JSON without an `error` key, whatever the status: look before trusting it. */
export const unusable = (reason: string) => new PaymentProviderError(reason, true);

/** The SDK repeats a 429 only where Stripe's answer asks for it (measured): otherwise it is for us to do. */
async function patiently<T>(request: () => Promise<T>, endsAt: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      const wait = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      const isInTime = performance.now() + wait < endsAt;
      if (!isForUsToRepeat(error) || attempt === MAX_TRIES || !isInTime) throw error;
      await pause(wait, undefined, { ref: false });
    }
  }
}

function isForUsToRepeat(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeError) || error.statusCode !== 429) return false;
  return error.headers?.['stripe-should-retry'] === undefined;
}

async function withDeadline<T>(work: (endsAt: number) => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PaymentProviderError('deadline', true)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work(performance.now() + DEADLINE_MS), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

const isKeyRefusal = (statusCode: number | undefined): statusCode is 401 | 403 =>
  statusCode === 401 || statusCode === 403;

/** Another call holds the key, or too many calls: the same request may succeed in a moment. */
const PASSING: ReadonlySet<number> = new Set([409, 429]);

function asProviderError(error: unknown): PaymentProviderError {
  if (error instanceof PaymentProviderError) return error;
  if (error instanceof Stripe.errors.StripeError) {
    const { statusCode = 500 } = error;
    const isReplayed = error.headers?.['idempotent-replayed'] === 'true';
    if (isReplayed && statusCode >= 500) return new PaymentProviderError(REPLAYED_FAILURE, true);
    if (isKeyRefusal(statusCode)) return new PaymentProviderError(KEY_REFUSED, false, true);
    const refused = statusCode < 500 && !PASSING.has(statusCode);
    return new PaymentProviderError(error.rawType ?? error.type, statusCode >= 500, refused);
  }
  return unusable(error instanceof Error ? error.name : 'unknown');
}
