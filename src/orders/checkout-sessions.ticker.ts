import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { describeError } from '../common/describe-error.js';
import { inTransaction } from '../database/transaction.js';
import { CheckoutGateway } from '../stripe/checkout.gateway.js';
import { PaymentProviderError } from '../stripe/stripe.errors.js';
import { CheckoutChecksRepository } from './checkout-checks.repository.js';
import { CheckoutLink } from './checkout-link.service.js';
import {
  type CheckoutIntent,
  CheckoutSessionsRepository,
  type ClosingSession,
} from './checkout-sessions.repository.js';
import { OrderCancellation } from './order-cancellation.service.js';
import { OrderAlreadyPaidError, PaymentProcessingError } from './orders.errors.js';

const TICK_MS = 5_000;
const BATCH = 20;

/** Repeats what Stripe could not answer: links still to be made, sessions still to be ended. */
@Injectable()
export class CheckoutSessionsTicker {
  private readonly logger = new Logger(CheckoutSessionsTicker.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly checks: CheckoutChecksRepository,
    private readonly link: CheckoutLink,
    private readonly cancellation: OrderCancellation,
    private readonly gateway: CheckoutGateway,
  ) {}

  @Interval('checkout-sessions', TICK_MS)
  async tick(): Promise<void> {
    try {
      await this.openDue();
      await this.closeDue();
    } catch (error) {
      this.logger.error({
        event: 'checkout_sessions.tick_failed',
        error: error instanceof Error ? error.name : 'unknown',
        msg: 'The checkout tick failed; the next one goes on',
      });
    }
  }

  /** Answers how many links were tried. Safe on any number of instances: rows are claimed one by one. */
  async openDue(): Promise<number> {
    const intents = await this.sessions.claimIntents(BATCH);
    await this.forEach(intents, (intent) => this.link.open(intent));
    return intents.length;
  }

  /** Answers how many sessions were tried. */
  async closeDue(): Promise<number> {
    const closing = await this.sessions.claimClosing(BATCH);
    await this.forEach(closing, (session) => this.close(session));
    return closing.length;
  }

  /** One row that fails keeps no other from its turn. */
  private async forEach<Row extends CheckoutIntent | ClosingSession>(
    rows: readonly Row[],
    work: (row: Row) => Promise<unknown>,
  ): Promise<void> {
    const results = await Promise.allSettled(rows.map(work));
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      this.logger.error({
        event: 'checkout_sessions.row_failed',
        orderId: rows[index]!.orderId,
        error: describeError(result.reason),
        msg: `The checkout tick could not go on with order ${rows[index]!.orderId}`,
      });
    }
  }

  private async close(session: ClosingSession): Promise<void> {
    const { id, orderId, stripeSessionId, closeReason, calls } = session;
    try {
      if (closeReason) {
        await this.cancellation.finish(orderId, stripeSessionId, closeReason);
        return;
      }
      const { status } = await this.gateway.expireSession(stripeSessionId);
      // Somebody was faster and has paid, or promised to: that is settled as any payment is.
      if (status === 'complete') return await this.checks.lookAtOnce(stripeSessionId);
      await inTransaction(this.dataSource, (manager) =>
        this.sessions.markEnded(manager, stripeSessionId, 'expired'),
      );
    } catch (error) {
      if (error instanceof OrderAlreadyPaidError || error instanceof PaymentProcessingError) return;
      if (!(error instanceof PaymentProviderError)) throw error;
      await this.sessions.postpone(id, error.reason, Math.min(300, 5 * 2 ** calls));
    }
  }
}
