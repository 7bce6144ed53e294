import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { paymentMayBecome } from '../orders/order-status.js';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import { PaymentsRepository } from './payments.repository.js';
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

/** Money that went back, in part or as a whole. A full refund ends the right to collect. */
@Injectable()
export class PaymentRefunds {
  constructor(
    private readonly orders: OrderSettlement,
    private readonly payments: PaymentsRepository,
  ) {}

  /** Call inside the event's transaction, for an order with a payment. Idempotent per sum. */
  async apply(
    manager: EntityManager,
    order: LockedOrder,
    { refundedAmount, paidAmount, currency }: ReportedRefund,
  ): Promise<HandledEvent> {
    const paymentStatus = refundedAmount >= paidAmount ? 'refunded' : 'partially_refunded';
    const isNew = await this.payments.recordRefund(manager, order.id, refundedAmount);
    if (!isNew || !paymentMayBecome(order.paymentStatus, paymentStatus)) {
      return ignored('already_applied', order.id);
    }
    await this.orders.changePayment(manager, order, paymentStatus, { refundedAmount, currency });
    return applied(`payment_${paymentStatus}`, order.id);
  }
}
