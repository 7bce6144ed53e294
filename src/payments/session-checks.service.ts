import { Injectable, Logger } from '@nestjs/common';
import type Stripe from 'stripe';
import { DataSource, type EntityManager } from 'typeorm';
import { describeError } from '../common/describe-error.js';
import { inTransaction } from '../database/transaction.js';
import { CheckoutChecks, type DueCheck } from '../orders/checkout-checks.service.js';
import { OrderSettlement } from '../orders/order-settlement.service.js';
import { PaymentsGateway } from '../stripe/payments.gateway.js';
import { PaymentProviderError } from '../stripe/stripe.errors.js';
import { SessionSettlement } from './session-settlement.service.js';
import type { HandledEvent } from './stripe-event-handlers/stripe-event.handler.js';

/** Claimed at a time: few enough that a Stripe that goes away meanwhile keeps little from its turn. */
const BATCH = 5;
const MAX_A_RUN = 200;
const MAX_RUN_MS = 30_000;

/** Stripe could not be asked, which is not the session's fault; or its answer could not be applied. */
const UNANSWERED_SECONDS = 30;
const FAILED_SECONDS = 300;

/** Where a settlement comes from when no event told of it. */
const SOURCE = 'reconciliation';

/** Asks Stripe how sessions stand, and settles what its webhooks did not tell. */
@Injectable()
export class SessionChecks {
  private readonly logger = new Logger(SessionChecks.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: PaymentsGateway,
    private readonly checks: CheckoutChecks,
    private readonly orders: OrderSettlement,
    private readonly settlement: SessionSettlement,
  ) {}

  /** Tells `tally` of each that changed something; throws PaymentProviderError when Stripe cannot be asked. */
  async run(tally: () => void, signal: AbortSignal): Promise<void> {
    const endsAt = performance.now() + MAX_RUN_MS;
    for (let seen = 0; seen < MAX_A_RUN && performance.now() < endsAt; seen += BATCH) {
      if (signal.aborted) return;
      const due = await this.checks.claimDue(BATCH);
      await this.look(due, tally);
      if (due.length < BATCH) break;
    }
  }

  private async look(due: readonly DueCheck[], tally: () => void): Promise<void> {
    const results = await Promise.allSettled(due.map((one) => this.lookAt(one)));
    const unanswered: DueCheck[] = [];
    const failed: DueCheck[] = [];
    let away: PaymentProviderError | null = null;
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') {
        if (result.value) tally();
        continue;
      }
      const error: unknown = result.reason;
      // What Stripe refuses to answer for one session, or we cannot apply, keeps no other from its turn.
      if (error instanceof PaymentProviderError && error.reason !== 'invalid_request_error') {
        unanswered.push(due[index]!);
        away = error;
      } else failed.push(this.complain(due[index]!, error));
    }
    await this.checks.retryIn(FAILED_SECONDS, failed);
    await this.checks.retryIn(UNANSWERED_SECONDS, unanswered);
    if (away) throw away;
  }

  private async lookAt({ stripeSessionId, orderId, orderStatus }: DueCheck): Promise<boolean> {
    const session = await this.gateway.readSession(stripeSessionId);
    if (session.status === 'open') {
      if (orderStatus === 'pending') return false;
      const closed = await inTransaction(this.dataSource, (manager) =>
        this.orders.closeSessions(manager, orderId),
      );
      return closed > 0;
    }
    const handled = await inTransaction(this.dataSource, (manager) =>
      this.settle(manager, session),
    );
    if (handled.outcome === 'ignored') return false;
    this.logger.warn({
      event: 'reconciliation.session_settled',
      orderId,
      reason: handled.reason,
      msg: `No webhook told of it: ${handled.reason} for order ${orderId}`,
    });
    return true;
  }

  private async settle(
    manager: EntityManager,
    session: Stripe.Checkout.Session,
  ): Promise<HandledEvent> {
    if (session.status === 'expired') return this.settlement.expired(manager, SOURCE, session);
    if (session.payment_status !== 'unpaid' || !hasFailed(session.payment_intent)) {
      return this.settlement.complete(manager, SOURCE, session);
    }
    return this.settlement.failed(manager, SOURCE, session);
  }

  private complain(due: DueCheck, error: unknown): DueCheck {
    const { orderId } = due;
    this.logger.error({
      event: 'reconciliation.session_failed',
      orderId,
      error: describeError(error),
      msg: `The session of order ${orderId} could not be checked`,
    });
    return due;
  }
}

/** The delayed payment of a finished session is over, and nothing was paid. */
function hasFailed(intent: Stripe.Checkout.Session['payment_intent']): boolean {
  return (
    typeof intent === 'object' &&
    intent !== null &&
    (intent.status === 'requires_payment_method' || intent.status === 'canceled')
  );
}
