import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { NotificationKind } from '../notifications/templates/message-template.js';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import {
  HELD_MONEY,
  type PaymentReview,
  type PaymentReviewReason,
} from './payment-review.entity.js';
import type { ReportedRefund } from './payment-refunds.service.js';
import { PaymentReviewsRepository } from './payment-reviews.repository.js';
import {
  applied,
  type HandledEvent,
  ignored,
} from './stripe-event-handlers/stripe-event.handler.js';

/** What a person needs to decide; amount in minor units. */
export interface ReviewedObject {
  readonly eventId: string;
  readonly paymentIntentId: string | null;
  readonly objectId?: string;
  readonly amount: number | null;
  readonly currency: string | null;
}

/** Money that no rule can place goes to a person; Stripe is answered 200, since no retry could help. */
@Injectable()
export class PaymentReviews {
  private readonly logger = new Logger(PaymentReviews.name);

  constructor(
    private readonly reviews: PaymentReviewsRepository,
    private readonly orders: OrderSettlement,
  ) {}

  /**
   * Call inside the event's transaction. Written once per reason and object, however often it is told;
   * so is the message, where the customer must know that their money is there.
   */
  async open(
    manager: EntityManager,
    reason: PaymentReviewReason,
    order: LockedOrder,
    reviewed: ReviewedObject,
    message: NotificationKind | null = null,
  ): Promise<HandledEvent> {
    const isNew = await this.write(manager, reason, order, reviewed);
    if (isNew && HELD_MONEY.includes(reason)) {
      await this.welcome(manager, order, reviewed, message);
    }
    return { outcome: 'review', reason, orderId: order.id };
  }

  /** False: this object is under review for this reason already, or was. */
  async write(
    manager: EntityManager,
    reason: PaymentReviewReason,
    order: LockedOrder,
    reviewed: ReviewedObject,
  ): Promise<boolean> {
    const objectId = reviewed.objectId ?? reviewed.paymentIntentId ?? reviewed.eventId;
    const isNew = await this.reviews.insert(manager, {
      reason,
      objectId,
      orderId: order.id,
      stripeEventId: reviewed.eventId,
      expectedAmount: order.totalAmount,
      actualAmount: reviewed.amount,
      actualCurrency: reviewed.currency,
    });
    if (!isNew) return false;
    await this.orders.note(manager, order, 'payment.review', {
      reason,
      amount: reviewed.amount,
      currency: reviewed.currency,
    });
    this.logger.error({
      event: 'payment.review',
      orderId: order.id,
      reason,
      objectId,
      msg: `A payment of order ${order.orderNumber} needs a person: ${reason}`,
    });
    return true;
  }

  /**
   * Money under review that went back, by the shop or from Stripe's dashboard: as a whole it needs
   * nobody any more. Null: this payment is not under review. Idempotent per sum.
   */
  async giveBack(
    manager: EntityManager,
    order: LockedOrder,
    paymentIntentId: string,
    { refundedAmount, paidAmount, currency }: ReportedRefund,
  ): Promise<HandledEvent | null> {
    const held = await this.reviews.findHeldMoney(manager, order.id, paymentIntentId);
    if (!held) return null;
    const sums = { refundedAmount, paidAmount };
    const amount = await this.reviews.recordRefund(manager, paymentIntentId, sums);
    if (amount === null) return ignored('already_applied', order.id);
    const { reason } = held;
    await this.orders.note(manager, order, 'payment.review_refunded', {
      reason,
      refundedAmount,
      currency,
    });
    await this.orders.tellCustomer(manager, order, ['payment_refunded'], {
      slot: `${paymentIntentId}:${refundedAmount}`,
      moved: { amount, currency, pickup: null },
    });
    const isWhole = refundedAmount >= paidAmount;
    return applied(isWhole ? 'review_resolved' : 'review_partially_refunded', order.id);
  }

  /** Whether this payment waits for a person, or did. */
  async findHeldMoney(
    manager: EntityManager,
    orderId: string,
    paymentIntentId: string,
  ): Promise<PaymentReview | null> {
    return this.reviews.findHeldMoney(manager, orderId, paymentIntentId);
  }

  /** What went back, in minor units, before the payment itself was known; nobody is needed for it any more. */
  async takeEarlyRefund(manager: EntityManager, paymentIntentId: string): Promise<number> {
    return this.reviews.takeEarlyRefund(manager, paymentIntentId);
  }

  /** The customer is told that the money is there, or, when it went back before it was known, of that. */
  private async welcome(
    manager: EntityManager,
    order: LockedOrder,
    { paymentIntentId, amount, currency }: ReviewedObject,
    message: NotificationKind | null,
  ): Promise<void> {
    const refundedAmount = paymentIntentId
      ? await this.reviews.takeEarlyRefund(manager, paymentIntentId)
      : 0;
    if (paymentIntentId && refundedAmount > 0) {
      await this.giveBack(manager, order, paymentIntentId, {
        refundedAmount,
        paidAmount: amount ?? refundedAmount,
        currency: currency ?? order.currency,
      });
    } else if (message && amount !== null && currency !== null) {
      const moved = { amount, currency, pickup: null };
      const slot = paymentIntentId ?? '';
      await this.orders.tellCustomer(manager, order, [message], { slot, moved });
    }
  }
}
