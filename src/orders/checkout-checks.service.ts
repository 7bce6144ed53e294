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

  /** Stripe could not be asked about these. */
  async retrySoon(due: readonly DueCheck[]): Promise<void> {
    await this.checks.retrySoon(due.map(({ id }) => id));
  }
}
