import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { paymentMayBecome } from '../orders/order-status.js';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import { PaymentReviews } from './payment-reviews.service.js';
import { type MoneyGone, PaymentsRepository } from './payments.repository.js';
import {
  applied,
  type HandledEvent,
  ignored,
} from './stripe-event-handlers/stripe-event.handler.js';

/** What has gone back of a payment so far; amounts in minor units. */
export interface ReportedRefund {
  readonly refundedAmount: number;
  readonly paidAmount: number;
  readonly currency: string;
}

/** Money that went back, in part or as a whole. Nothing left of a payment ends the right to collect. */
@Injectable()
export class PaymentRefunds {
  constructor(
    private readonly orders: OrderSettlement,
    private readonly payments: PaymentsRepository,
    private readonly reviews: PaymentReviews,
  ) {}

  /**
   * Call inside the transaction that holds the order's lock: books what went back of a payment, be it
   * the order's own or money under review. Null: no such payment is known yet. Idempotent per sum.
   */
  async book(
    manager: EntityManager,
    order: LockedOrder,
    paymentIntentId: string,
    reported: ReportedRefund,
  ): Promise<HandledEvent | null> {
    const owner = await this.payments.findOrderIdByIntent(manager, paymentIntentId);
    if (owner === order.id) return this.apply(manager, order, reported);
    return this.reviews.giveBack(manager, order, paymentIntentId, reported);
  }

  /**
   * Call inside the transaction that holds the order's lock, for an order with this payment. Idempotent
   * per sum: whoever tells it first, Stripe's answer or an event, the customer is told once.
   */
  async apply(
    manager: EntityManager,
    order: LockedOrder,
    { refundedAmount, currency }: Pick<ReportedRefund, 'refundedAmount' | 'currency'>,
  ): Promise<HandledEvent> {
    const gone = await this.payments.recordRefund(manager, order.id, refundedAmount);
    if (!gone) return ignored('already_applied', order.id);
    const handled = await this.settle(manager, order, gone, { refundedAmount, currency });
    await this.orders.tellCustomer(manager, order, ['payment_refunded'], {
      slot: String(gone.refundedAmount),
      moved: { amount: gone.addedAmount, currency, pickup: pickupAfter(order, gone) },
    });
    return handled;
  }

  /** The bank took money back: no refund, but gone all the same. Call once for each lost dispute. */
  async applyLoss(
    manager: EntityManager,
    order: LockedOrder,
    loss: { readonly amount: number; readonly currency: string },
  ): Promise<void> {
    const gone = await this.payments.recordLoss(manager, order.id, loss.amount);
    if (!gone) return;
    const { lostAmount } = gone;
    await this.settle(manager, order, gone, {
      lostAmount,
      currency: loss.currency,
      reason: 'dispute_lost',
    });
  }

  private async settle(
    manager: EntityManager,
    order: LockedOrder,
    gone: MoneyGone,
    data: Record<string, unknown>,
  ): Promise<HandledEvent> {
    const paymentStatus = gone.isWhole ? 'refunded' : 'partially_refunded';
    if (!paymentMayBecome(order.paymentStatus, paymentStatus)) {
      return ignored('already_applied', order.id);
    }
    // Only one step leads to `refunded`, so the goods go back on sale once.
    if (gone.isWhole) await this.orders.endPickup(manager, order);
    await this.orders.changePayment(manager, order, paymentStatus, data);
    return applied(`payment_${paymentStatus}`, order.id);
  }
}

/** What the customer is to know of the code: nothing when it was used, or is suspended for a lost dispute. */
function pickupAfter(order: LockedOrder, gone: MoneyGone): 'ends' | 'stays' | null {
  if (order.status !== 'confirmed') return null;
  if (gone.isWhole) return 'ends';
  return gone.lostAmount > 0 ? null : 'stays';
}
