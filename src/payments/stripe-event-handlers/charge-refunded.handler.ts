import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { PaymentRefunds } from '../payment-refunds.service.js';
import { PaymentReviewsRepository } from '../payment-reviews.repository.js';
import { PaymentReviews } from '../payment-reviews.service.js';
import { PaymentsRepository } from '../payments.repository.js';
import {
  type HandledEvent,
  idOf,
  ignored,
  orderIdIn,
  StripeEventHandler,
} from './stripe-event.handler.js';

/** Money went back, by the shop or from Stripe's dashboard. A full refund ends the right to collect. */
@Injectable()
export class ChargeRefundedHandler extends StripeEventHandler<Stripe.ChargeRefundedEvent> {
  override readonly type = 'charge.refunded';

  constructor(
    private readonly orders: OrderSettlement,
    private readonly payments: PaymentsRepository,
    private readonly refunds: PaymentRefunds,
    private readonly reviews: PaymentReviews,
    private readonly reviewRows: PaymentReviewsRepository,
  ) {
    super();
  }

  override async apply(
    event: Stripe.ChargeRefundedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const charge = event.data.object;
    const paymentIntentId = idOf(charge.payment_intent);
    const order = await this.orders.lock(manager, {
      sessionId: null,
      orderId: (await this.knownOrder(manager, paymentIntentId)) ?? orderIdIn(charge.metadata),
    });
    if (!order) return ignored('unknown_order');
    const { amount: paidAmount, amount_refunded: refundedAmount, currency } = charge;
    const refund = { refundedAmount, paidAmount, currency };
    // Looked up again under the lock: the payment's own event may have been applied meanwhile.
    const booked =
      paymentIntentId && (await this.refunds.book(manager, order, paymentIntentId, refund));
    if (booked) return booked;
    // A refund that overtook its payment's event, which then takes it into account.
    const reviewed = { eventId: event.id, paymentIntentId, amount: refundedAmount, currency };
    const handled = await this.reviews.open(manager, 'refund_without_payment', order, reviewed);
    if (paymentIntentId) {
      await this.reviewRows.raiseEarlyRefund(manager, paymentIntentId, refundedAmount);
    }
    return handled;
  }

  /** Of a payment that is placed, or under review: that row wins over metadata. */
  private async knownOrder(
    manager: EntityManager,
    paymentIntentId: string | null,
  ): Promise<string | null> {
    if (!paymentIntentId) return null;
    return (
      (await this.payments.findOrderIdByIntent(manager, paymentIntentId)) ??
      (await this.reviewRows.findOrderId(manager, paymentIntentId))
    );
  }
}
