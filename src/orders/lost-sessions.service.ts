import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import type { CheckoutSessionState } from '../stripe/checkout.gateway.js';
import { PaymentsGateway } from '../stripe/payments.gateway.js';
import { PaymentProviderError, SEARCH_TOO_LONG } from '../stripe/stripe.errors.js';
import { CheckoutChecksRepository, type DueSearch } from './checkout-checks.repository.js';
import { CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { OrderStateRepository } from './order-state.repository.js';

const BATCH = 10;
const RETRY_SECONDS = 30;
/** What our clock and Stripe's may differ by, and how long a call may go on after its intent was given up. */
const MARGIN_MS = 5 * 60_000;

/** Sessions that Stripe made and whose answer never reached us: nobody has their link. */
@Injectable()
export class LostSessions {
  private readonly logger = new Logger(LostSessions.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: PaymentsGateway,
    private readonly checks: CheckoutChecksRepository,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly orders: OrderStateRepository,
  ) {}

  /** Never inside a transaction. Null: Stripe has none of this intent that can still be paid. */
  async find(
    intent: Pick<DueSearch, 'orderId' | 'createdAt' | 'expiresAt'>,
    lastCallAt = new Date(),
  ): Promise<CheckoutSessionState | null> {
    return this.gateway.findOpenSession({
      orderId: intent.orderId,
      expiresAt: intent.expiresAt,
      createdFrom: new Date(intent.createdAt.getTime() - MARGIN_MS),
      createdTo: new Date(lastCallAt.getTime() + MARGIN_MS),
    });
  }

  /**
   * Looks once for the session of each intent that was given up unanswered; what is found is closed,
   * so that no order ends up with two that can be paid. Tells `tally` of each that was found; throws
   * PaymentProviderError when Stripe cannot be asked. What was not done is due again at the next run.
   */
  async closeDue(tally: () => void, signal: AbortSignal): Promise<void> {
    const due = await this.checks.claimLost(BATCH);
    const left = new Set(due.map(({ id }) => id));
    try {
      for (const search of due) {
        if (signal.aborted) return;
        if (await this.tryToClose(search)) tally();
        left.delete(search.id);
      }
    } finally {
      if (left.size > 0) await this.checks.retryIn(RETRY_SECONDS, [...left]);
    }
  }

  /** A search that is too long keeps no other from its turn: it comes again until the session has ended. */
  private async tryToClose(search: DueSearch): Promise<boolean> {
    try {
      return await this.close(search);
    } catch (error) {
      if (!(error instanceof PaymentProviderError) || error.reason !== SEARCH_TOO_LONG) throw error;
      this.logger.warn({
        event: 'reconciliation.search_too_long',
        orderId: search.orderId,
        msg: `Too many open sessions at Stripe to look for a lost one of order ${search.orderId}`,
      });
      return false;
    }
  }

  private async close(search: DueSearch): Promise<boolean> {
    const isOver = search.expiresAt * 1_000 < Date.now() - MARGIN_MS;
    const state = isOver ? null : await this.find(search, search.updatedAt);
    await inTransaction(this.dataSource, async (manager) => {
      await this.orders.lock(manager, search.orderId);
      if (state) await this.sessions.markUnwanted(manager, search.id, state);
      else await this.checks.closeSearch(manager, search.id);
    });
    return state !== null;
  }
}
