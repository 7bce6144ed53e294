import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { checkIdempotencyKey, requestHashOf } from '../orders/idempotency.service.js';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import { IdempotencyKeyReusedError, OrderNotFoundError } from '../orders/orders.errors.js';
import type { CreateRefundDto } from './dto/create-refund.dto.js';
import { PaymentReviewsRepository } from './payment-reviews.repository.js';
import { PaymentsRepository } from './payments.repository.js';
import { RefundExecution } from './refund-execution.service.js';
import type { Refund } from './refund.entity.js';
import {
  AlreadyRefundedError,
  CapturedAmountUnknownError,
  OrderNotPaidError,
  PaymentNotFoundError,
  RefundExceedsPaymentError,
  RefundInProgressError,
  RefundNotFoundError,
  RefundRefusedError,
} from './refunds.errors.js';
import { type RefundIntent, RefundsRepository } from './refunds.repository.js';

/** Money that can be given back; in minor units. */
interface Refundable {
  readonly paymentIntentId: string;
  readonly leftAmount: number;
  readonly currency: string;
}

interface ClientRequest {
  readonly key: string;
  readonly requestHash: string;
}

/** Refunds by the shop: the intent is written first, Stripe is called after, its answer is stored last. */
@Injectable()
export class RefundsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly orders: OrderSettlement,
    private readonly payments: PaymentsRepository,
    private readonly reviews: PaymentReviewsRepository,
    private readonly refunds: RefundsRepository,
    private readonly execution: RefundExecution,
  ) {}

  /**
   * Gives money back, once. `replayed`: an earlier request with this key did. Stripe out of reach is no
   * failure: the refund stands as `creating` and is made later. Throws the errors of refunds.errors.ts,
   * OrderNotFoundError, and those of an Idempotency-Key.
   */
  async request(
    orderId: string,
    body: CreateRefundDto,
    clientKey?: string,
  ): Promise<{ refund: Refund; replayed: boolean }> {
    const client = clientKey === undefined ? null : clientRequest(clientKey, { orderId, ...body });
    const decided = await inTransaction(this.dataSource, (manager) =>
      this.decide(manager, orderId, body, client),
    );
    if (decided.intent) await this.execution.run(decided.intent);
    const refund = await this.get(orderId, decided.id);
    if (refund.status === 'failed') throw new RefundRefusedError(refund);
    return { refund, replayed: decided.intent === null };
  }

  /** Throws RefundNotFoundError. */
  async get(orderId: string, id: string): Promise<Refund> {
    const refund = await this.refunds.find(orderId, id);
    if (!refund) throw new RefundNotFoundError();
    return refund;
  }

  /** Newest first. */
  async list(orderId: string): Promise<Refund[]> {
    return this.refunds.list(orderId);
  }

  /** Under the order's lock, so that of several requests each sees what the others have asked for. */
  private async decide(
    manager: EntityManager,
    orderId: string,
    body: CreateRefundDto,
    client: ClientRequest | null,
  ): Promise<{ id: string; intent: RefundIntent | null }> {
    const order = await this.orders.lock(manager, { sessionId: null, orderId });
    if (!order) throw new OrderNotFoundError();
    const known = client && (await this.refunds.findByClientKey(manager, client.key));
    if (known) {
      if (known.clientRequestHash !== client?.requestHash) throw new IdempotencyKeyReusedError();
      return { id: known.id, intent: null };
    }
    const { leftAmount, ...money } = await this.refundable(manager, order, body);
    const amount = body.amount ?? leftAmount;
    if (leftAmount <= 0) throw new AlreadyRefundedError();
    if (amount > leftAmount) throw new RefundExceedsPaymentError(leftAmount);
    if (await this.refunds.isInFlight(manager, money.paymentIntentId)) {
      throw new RefundInProgressError();
    }
    const intent = await this.refunds.insertIntent(manager, {
      orderId,
      ...money,
      amount,
      clientKey: client?.key ?? null,
      clientRequestHash: client?.requestHash ?? null,
    });
    // A refund of another order took the key at the same instant.
    if (!intent) throw new IdempotencyKeyReusedError();
    const { id } = intent;
    await this.orders.note(manager, order, 'refund.requested', { refundId: id, amount, ...money });
    return { id, intent };
  }

  private async refundable(
    manager: EntityManager,
    order: LockedOrder,
    { amount, paymentIntentId }: CreateRefundDto,
  ): Promise<Refundable> {
    const payment = await this.payments.findByOrder(manager, order.id);
    if (
      payment &&
      (paymentIntentId ?? payment.stripePaymentIntentId) === payment.stripePaymentIntentId
    ) {
      return {
        paymentIntentId: payment.stripePaymentIntentId,
        leftAmount: payment.amount - payment.refundedAmount - payment.lostAmount,
        currency: payment.currency,
      };
    }
    if (paymentIntentId === undefined) throw new OrderNotPaidError();
    const held = await this.reviews.findHeldMoney(manager, order.id, paymentIntentId);
    if (!held) throw new PaymentNotFoundError();
    const capturedAmount = held.actualAmount ?? amount;
    if (capturedAmount === undefined) throw new CapturedAmountUnknownError();
    return {
      paymentIntentId,
      leftAmount: held.resolvedAt ? 0 : capturedAmount - held.refundedAmount,
      currency: held.actualCurrency ?? order.currency,
    };
  }
}

function clientRequest(key: string, body: object): ClientRequest {
  checkIdempotencyKey(key);
  return { key, requestHash: requestHashOf(body) };
}
