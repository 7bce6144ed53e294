import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import type { CheckoutSessionState } from '../stripe/checkout.gateway.js';
import { PaymentsGateway } from '../stripe/payments.gateway.js';
import { CheckoutChecksRepository, type DueSearch } from './checkout-checks.repository.js';
import { type CheckoutIntent, CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { OrderStateRepository } from './order-state.repository.js';

const BATCH = 10;
/** What our clock and Stripe's may differ by, and how long a call may go on after its intent was given up. */
const MARGIN_MS = 5 * 60_000;

/** Sessions that Stripe made and whose answer never reached us: nobody has their link. */
@Injectable()
export class LostSessions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: PaymentsGateway,
    private readonly checks: CheckoutChecksRepository,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly orders: OrderStateRepository,
  ) {}

  /** Never inside a transaction. Null: Stripe has made none of this intent. */
  async find(
    intent: Pick<CheckoutIntent, 'orderId' | 'createdAt'> & { expiresAt: number },
    lastCallAt = new Date(),
  ): Promise<CheckoutSessionState | null> {
    return this.gateway.findSession({
      orderId: intent.orderId,
      expiresAt: intent.expiresAt,
      createdFrom: new Date(intent.createdAt.getTime() - MARGIN_MS),
      createdTo: new Date(lastCallAt.getTime() + MARGIN_MS),
    });
  }

  /**
   * Looks once for the session of each intent that was given up unanswered; what is found is closed,
   * so that no order ends up with two that can be paid. Tells `tally` of each that was found; throws
   * PaymentProviderError when Stripe cannot be asked.
   */
  async closeDue(tally: () => void): Promise<void> {
    const due = await this.checks.claimLost(BATCH);
    for (const [index, search] of due.entries()) {
      try {
        if (await this.close(search)) tally();
      } catch (error) {
        await this.checks.retrySoon(due.slice(index).map(({ id }) => id));
        throw error;
      }
    }
  }

  private async close(search: DueSearch): Promise<boolean> {
    const state = await this.find(search, search.updatedAt);
    await inTransaction(this.dataSource, async (manager) => {
      await this.orders.lock(manager, search.orderId);
      if (state) await this.sessions.markCreated(manager, search.id, state, 'closing');
      else await this.checks.closeSearch(manager, search.id);
    });
    return state !== null;
  }
}
