import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import { PaymentsGateway, type RefundState } from '../stripe/payments.gateway.js';
import { KEY_REFUSED, PaymentProviderError, REPLAYED_FAILURE } from '../stripe/stripe.errors.js';
import { PaymentRefunds } from './payment-refunds.service.js';
import { PaymentReviews } from './payment-reviews.service.js';
import { type RefundEnd, type RefundIntent, RefundsRepository } from './refunds.repository.js';

/** From five seconds to five minutes between calls for one refund. */
const retrySeconds = (calls: number): number => Math.min(300, 5 * 2 ** Math.max(0, calls - 1));

/** Why a refund is given up whose money may have left all the same. */
const OUTCOME_UNKNOWN = 'outcome_unknown';

/** Asks Stripe for one refund and writes its answer down: with the stored key and sum, as often as it takes. */
@Injectable()
export class RefundExecution {
  private readonly logger = new Logger(RefundExecution.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: PaymentsGateway,
    private readonly rows: RefundsRepository,
    private readonly orders: OrderSettlement,
    private readonly refunds: PaymentRefunds,
    private readonly reviews: PaymentReviews,
  ) {}

  /** Never inside a transaction. Without an answer the refund stays as it is, for the tick. */
  async run(intent: RefundIntent): Promise<void> {
    if (intent.tooOld) return this.giveUp(intent);
    const { id, orderId, paymentIntentId, amount } = intent;
    try {
      const state = await this.gateway.createRefund(
        { paymentIntentId, amount, metadata: { orderId, refundId: id } },
        intent.idempotencyKey,
      );
      await this.store(intent, state);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      await this.judge(intent, error);
    }
  }

  private async judge(intent: RefundIntent, error: PaymentProviderError): Promise<void> {
    // Stripe will answer this key with its saved failure for a day, and another key could give twice.
    if (error.reason === REPLAYED_FAILURE) return this.giveUp(intent);
    if (error.refused && error.reason !== KEY_REFUSED) {
      await this.end(intent, { status: 'failed', stripeRefundId: null, error: error.reason });
      return;
    }
    await this.rows.postpone(intent.id, error.reason, retrySeconds(intent.calls));
    this.logger.warn({
      event: 'refund.postponed',
      orderId: intent.orderId,
      refundId: intent.id,
      reason: error.reason,
      calls: intent.calls,
      msg: `No answer yet to a refund of order ${intent.orderId}: ${error.reason}`,
    });
  }

  private async store(intent: RefundIntent, state: RefundState): Promise<void> {
    const { id: stripeRefundId, status } = state;
    const isFailed = status === 'failed' || status === 'canceled';
    const end: RefundEnd = {
      status: isFailed ? 'failed' : status === 'succeeded' ? 'succeeded' : 'pending',
      stripeRefundId,
      error: isFailed ? `refund_${status}` : null,
    };
    await this.end(intent, end, state);
  }

  /** A person must look whether the money left, before anybody asks for it again. */
  private async giveUp(intent: RefundIntent): Promise<void> {
    await this.end(intent, { status: 'failed', stripeRefundId: null, error: OUTCOME_UNKNOWN });
  }

  private async end(intent: RefundIntent, end: RefundEnd, state?: RefundState): Promise<void> {
    const { id: refundId, orderId, paymentIntentId, amount, currency, idempotencyKey } = intent;
    const isMine = await inTransaction(this.dataSource, async (manager) => {
      const order = (await this.orders.lock(manager, { sessionId: null, orderId })) as LockedOrder;
      if (!(await this.rows.end(manager, refundId, end))) return false;
      if (end.status !== 'failed') {
        if (state) await this.refunds.book(manager, order, paymentIntentId, state);
        return true;
      }
      const { error } = end;
      await this.orders.note(manager, order, 'refund.failed', { refundId, amount, reason: error });
      if (error === OUTCOME_UNKNOWN) {
        const reviewed = { eventId: idempotencyKey, paymentIntentId, objectId: refundId };
        await this.reviews.write(manager, 'refund_failed', order, {
          ...reviewed,
          amount,
          currency,
        });
      }
      return true;
    });
    if (isMine) this.report(intent, end);
  }

  private report({ id: refundId, orderId }: RefundIntent, { status, error }: RefundEnd): void {
    this.logger[status === 'failed' ? 'error' : 'log']({
      event: `refund.${status}`,
      orderId,
      refundId,
      ...(error ? { reason: error } : {}),
      msg: `Refund of order ${orderId}: ${error ?? status}`,
    });
  }
}
