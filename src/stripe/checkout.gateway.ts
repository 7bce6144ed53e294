import type Stripe from 'stripe';

/** Exact parameters of a Checkout Session, stored before the call so that a repeat is identical. */
export type CheckoutSessionParams = Stripe.Checkout.SessionCreateParams;

/** What a caller needs of a Checkout Session; amounts in minor units, instants in UTC. */
export interface CheckoutSessionState {
  readonly id: string;
  readonly status: 'open' | 'complete' | 'expired';
  readonly paymentStatus: 'paid' | 'unpaid' | 'no_payment_required';
  /** Null once the session is no longer open. */
  readonly url: string | null;
  readonly expiresAt: Date;
}

/**
 * The payment provider's door, as orders and payments see it. Never call it inside a database
 * transaction. Every method throws PaymentProviderError when Stripe gives no usable answer.
 */
export abstract class CheckoutGateway {
  /** Repeating a call with the same key and parameters answers the same session. */
  abstract createSession(
    params: CheckoutSessionParams,
    idempotencyKey: string,
  ): Promise<CheckoutSessionState>;

  /**
   * Ends an open session. Idempotent: an already ended session answers its state as it is, so the
   * caller must look at `status` (`complete` means that the customer was faster).
   */
  abstract expireSession(sessionId: string): Promise<CheckoutSessionState>;

  /**
   * Verifies the signature over the exact bytes, then parses. Throws WebhookSignatureError for
   * anything unsigned, forged, stale, from the future or malformed.
   */
  abstract verifyEvent(rawBody: Buffer, signatureHeader: string | undefined): Stripe.Event;
}
