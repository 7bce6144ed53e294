import { Logger } from '@nestjs/common';
import { KEY_REFUSED, PaymentProviderError } from './stripe.errors.js';

/** How long Stripe is left alone after it refused the key; then one call tries again. */
export const CIRCUIT_PAUSE_MS = 30_000;

/** The name under which a key that is refused as a whole stops every operation. */
const WHOLE_KEY = 'every operation';

/**
 * Stops calls that can only be refused: after a 401 all of them, after a 403 those of one operation,
 * since a restricted key may lack one permission and have the others. One line tells of it, whatever
 * the number of calls that fail meanwhile. In memory: each process finds out for itself.
 */
export class StripeCircuit {
  private readonly logger = new Logger(StripeCircuit.name);
  private readonly pausedUntil = new Map<string, number>();

  /** Throws while the circuit is open. After the pause one call at a time passes, to try again. */
  enter(operation: string): void {
    for (const name of [WHOLE_KEY, operation]) {
      const until = this.pausedUntil.get(name);
      if (until === undefined) continue;
      if (Date.now() < until) throw new PaymentProviderError(KEY_REFUSED, false, true);
      this.pausedUntil.set(name, Date.now() + CIRCUIT_PAUSE_MS);
    }
  }

  /** Stripe has answered, be it with a failure of another kind: the key is good for this. */
  accepted(operation: string): void {
    for (const name of [WHOLE_KEY, operation]) {
      if (!this.pausedUntil.delete(name)) continue;
      this.logger.log({
        event: 'stripe.key_accepted',
        operation: name,
        msg: `Stripe takes the key again for ${name}`,
      });
    }
  }

  refused(operation: string, statusCode: 401 | 403): void {
    const name = statusCode === 401 ? WHOLE_KEY : operation;
    const isKnown = this.pausedUntil.has(name);
    this.pausedUntil.set(name, Date.now() + CIRCUIT_PAUSE_MS);
    if (isKnown) return;
    this.logger.error({
      event: 'stripe.key_refused',
      operation: name,
      statusCode,
      msg: `Stripe refuses the key for ${name}: look at STRIPE_SECRET_KEY and its permissions`,
    });
  }
}
