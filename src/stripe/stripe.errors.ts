import { DomainError } from '../common/domain-error.js';

/** Stripe answers this key with a failure it has saved, and will do so for a day: only another key helps. */
export const REPLAYED_FAILURE = 'replayed_failure';

/** Stripe takes the key not at all, or not for this: one line in the log has told of it already. */
export const KEY_REFUSED = 'key_refused';

/** There is more at Stripe than a search may go through: what was not found may exist. */
export const SEARCH_TOO_LONG = 'search_too_long';

/**
 * Stripe gave no usable answer. `ambiguous`: the request may have been carried out all the same.
 * `refused`: Stripe said no and will say so again, so somebody must look at the key, the account or us.
 */
export class PaymentProviderError extends DomainError {
  constructor(
    readonly reason: string,
    readonly ambiguous: boolean,
    readonly refused = false,
  ) {
    super(
      'payment_provider_unavailable',
      503,
      'The payment provider did not answer as expected: try again in a moment.',
      { retryAfterSeconds: 5 },
    );
  }
}

/** Not a call by Stripe; the reason is for the log, the caller learns nothing from it. */
export class WebhookSignatureError extends DomainError {
  constructor(readonly reason: 'missing' | 'mismatch' | 'timestamp' | 'malformed') {
    super('invalid_signature', 400, 'The webhook signature could not be verified.');
  }
}
