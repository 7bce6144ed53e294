import { Injectable } from '@nestjs/common';
import { CheckoutChecksRepository, type DueCheck } from './checkout-checks.repository.js';

export type { DueCheck } from './checkout-checks.repository.js';

/** Which sessions Stripe is to be asked about, for the payments module. */
@Injectable()
export class CheckoutChecks {
  constructor(private readonly checks: CheckoutChecksRepository) {}

  /** The longest due first. A claimed session is left alone by all others until its next look. */
  async claimDue(limit: number): Promise<DueCheck[]> {
    return this.checks.claimSessions(limit);
  }

  /** These could not be done: they come again after so many seconds, or when they are due, if that is sooner. */
  async retryIn(seconds: number, due: readonly DueCheck[]): Promise<void> {
    if (due.length === 0) return;
    await this.checks.retryIn(
      seconds,
      due.map(({ id }) => id),
    );
  }
}
