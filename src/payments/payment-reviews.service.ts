import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import type { PaymentReviewReason } from './payment-review.entity.js';
import { PaymentsRepository } from './payments.repository.js';
import type { HandledEvent } from './stripe-event-handlers/stripe-event.handler.js';

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
    private readonly payments: PaymentsRepository,
    private readonly orders: OrderSettlement,
  ) {}

  /** Call inside the event's transaction. Written once per reason and object, however often it is told. */
  async open(
    manager: EntityManager,
    reason: PaymentReviewReason,
    order: LockedOrder,
    reviewed: ReviewedObject,
  ): Promise<HandledEvent> {
    const objectId = reviewed.objectId ?? reviewed.paymentIntentId ?? reviewed.eventId;
    const isNew = await this.payments.insertReview(manager, {
      reason,
      objectId,
      orderId: order.id,
      stripeEventId: reviewed.eventId,
      expectedAmount: order.totalAmount,
      actualAmount: reviewed.amount,
      actualCurrency: reviewed.currency,
    });
    if (isNew) {
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
    }
    return { outcome: 'review', reason, orderId: order.id };
  }
}
