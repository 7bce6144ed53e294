import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { measureProviderCall } from '../common/metrics.js';
import { AppConfig } from '../config/app-config.js';
import {
  CheckoutGateway,
  type CheckoutSessionParams,
  type CheckoutSessionState,
} from './checkout.gateway.js';
import { PaymentProviderError, REPLAYED_FAILURE } from './stripe.errors.js';
import { createStripeClient } from './stripe-client.js';
import { verifyStripeEvent } from './stripe-webhook-signature.js';

/** A caller waits no longer than this, whatever the SDK's own retries are doing. */
const DEADLINE_MS = 9_500;

/** Checkout Sessions through Stripe's own SDK. */
@Injectable()
export class StripeCheckoutGateway extends CheckoutGateway {
  private readonly stripe: Stripe;

  constructor(private readonly config: AppConfig) {
    super();
    this.stripe = createStripeClient(config.stripe);
  }

  override async createSession(
    params: CheckoutSessionParams,
    idempotencyKey: string,
  ): Promise<CheckoutSessionState> {
    const session = await this.call('create_session', () =>
      this.stripe.checkout.sessions.create(params, { idempotencyKey }),
    );
    // Without a link the customer cannot pay: not the answer of a session that was just created.
    if (session.status === 'open' && !this.isPage(session.url)) {
      throw unusable('session_without_url');
    }
    return session;
  }

  override async retrieveSession(sessionId: string): Promise<CheckoutSessionState> {
    return this.call('retrieve_session', () => this.stripe.checkout.sessions.retrieve(sessionId));
  }

  override async expireSession(sessionId: string): Promise<CheckoutSessionState> {
    try {
      return await this.call('expire_session', () =>
        this.stripe.checkout.sessions.expire(sessionId),
      );
    } catch (error) {
      // Only an open session can be expired (docs.stripe.com/api/checkout/sessions/expire): it ended before us.
      if (error instanceof PaymentProviderError && error.reason === 'invalid_request_error') {
        return this.retrieveSession(sessionId);
      }
      throw error;
    }
  }

  override verifyEvent(rawBody: Buffer, signatureHeader: string | undefined): Stripe.Event {
    return verifyStripeEvent(this.stripe, rawBody, signatureHeader, this.config.stripe);
  }

  /** What customers are sent to: a page over https; only a double's may go without. */
  private isPage(url: string | null): boolean {
    const schemes = this.config.stripe.apiBaseUrl ? ['https:', 'http:'] : ['https:'];
    return url !== null && URL.canParse(url) && schemes.includes(new URL(url).protocol);
  }

  private async call(
    operation: string,
    request: () => Promise<Stripe.Checkout.Session>,
  ): Promise<CheckoutSessionState> {
    return measureProviderCall('stripe', operation, async () => {
      try {
        return sessionState(await withDeadline(request()));
      } catch (error) {
        throw asProviderError(error);
      }
    });
  }
}

const STATUSES = ['open', 'complete', 'expired'] as const;
const PAYMENT_STATUSES = ['paid', 'unpaid', 'no_payment_required'] as const;

/** stripe-node resolves on any JSON without an `error` key, whatever the status: look before trusting it. */
function sessionState(session: Partial<Stripe.Checkout.Session>): CheckoutSessionState {
  const { id, url, expires_at: expiresAt } = session;
  const status = STATUSES.find((known) => known === session.status);
  const paymentStatus = PAYMENT_STATUSES.find((known) => known === session.payment_status);
  if (!id?.startsWith('cs_') || !status || !paymentStatus || !Number.isInteger(expiresAt)) {
    throw unusable('unexpected_answer');
  }
  return { id, status, paymentStatus, url: url ?? null, expiresAt: new Date(expiresAt! * 1_000) };
}

async function withDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PaymentProviderError('deadline', true)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Another call holds the key, or too many calls: the same request may succeed in a moment. */
const PASSING: ReadonlySet<number> = new Set([409, 429]);

const unusable = (reason: string) => new PaymentProviderError(reason, true);

function asProviderError(error: unknown): PaymentProviderError {
  if (error instanceof PaymentProviderError) return error;
  if (error instanceof Stripe.errors.StripeError) {
    const { statusCode = 500 } = error;
    const isReplayed = error.headers?.['idempotent-replayed'] === 'true';
    if (isReplayed && statusCode >= 500) return new PaymentProviderError(REPLAYED_FAILURE, true);
    const refused = statusCode < 500 && !PASSING.has(statusCode);
    return new PaymentProviderError(error.rawType ?? error.type, statusCode >= 500, refused);
  }
  return unusable(error instanceof Error ? error.name : 'unknown');
}
