import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { CheckoutGateway } from '../stripe/checkout.gateway.js';
import { PaymentProviderError } from '../stripe/stripe.errors.js';
import { CheckoutLink } from './checkout-link.service.js';
import {
  type CheckoutIntent,
  CheckoutSessionsRepository,
  type ClosingSession,
} from './checkout-sessions.repository.js';
import { CheckoutSessionsService } from './checkout-sessions.service.js';
import { OrderCancellation } from './order-cancellation.service.js';
import { OrderAlreadyPaidError } from './orders.errors.js';

const TICK_MS = 5_000;
const BATCH = 20;

/** Repeats what Stripe could not answer: links still to be made, sessions still to be ended. */
@Injectable()
export class CheckoutSessionsTicker {
  private readonly logger = new Logger(CheckoutSessionsTicker.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly checkout: CheckoutSessionsService,
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
    await Promise.all(intents.map((intent) => this.open(intent)));
    return intents.length;
  }

  /** Answers how many sessions were tried. */
  async closeDue(): Promise<number> {
    const closing = await this.sessions.claimClosing(BATCH);
    await Promise.all(closing.map((session) => this.close(session)));
    return closing.length;
  }

  private async open(intent: CheckoutIntent): Promise<void> {
    const usable = await this.link.usable(intent);
    if (usable) await this.checkout.open(usable);
  }

  private async close(session: ClosingSession): Promise<void> {
    const { id, orderId, stripeSessionId, closeReason, calls } = session;
    try {
      if (closeReason) {
        await this.cancellation.finish(orderId, stripeSessionId, closeReason);
        return;
      }
      const { status } = await this.gateway.expireSession(stripeSessionId);
      const ended = status === 'complete' ? 'complete' : 'expired';
      await inTransaction(this.dataSource, (manager) =>
        this.sessions.markEnded(manager, stripeSessionId, ended),
      );
    } catch (error) {
      if (error instanceof OrderAlreadyPaidError) return;
      if (!(error instanceof PaymentProviderError)) throw error;
      await this.sessions.postpone(id, error.reason, Math.min(300, 5 * 2 ** calls));
    }
  }
}
