import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { OrderSettlement } from '../../orders/order-settlement.service.js';
import { paymentMayBecome } from '../../orders/order-status.js';
import { PaymentReviews } from '../payment-reviews.service.js';
import { PaymentsRepository } from '../payments.repository.js';
import {
  applied,
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
    private readonly reviews: PaymentReviews,
  ) {
    super();
  }

  override async apply(
    event: Stripe.ChargeRefundedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const charge = event.data.object;
    const paymentIntentId = idOf(charge.payment_intent);
    const settledOrder = paymentIntentId
      ? await this.payments.findOrderIdByIntent(manager, paymentIntentId)
      : null;
    const order = await this.orders.lock(manager, {
      sessionId: null,
      orderId: settledOrder ?? orderIdIn(charge.metadata),
    });
    if (!order) return ignored('unknown_order');
    if (!settledOrder) {
      // A second payment that a person gave back, or a refund that overtook its payment's event.
      return this.reviews.open(manager, 'refund_without_payment', order, {
        eventId: event.id,
        paymentIntentId,
        amount: charge.amount_refunded,
        currency: charge.currency,
      });
    }
    const whole = charge.amount_refunded >= charge.amount;
    const paymentStatus = whole ? 'refunded' : 'partially_refunded';
    const isNew = await this.payments.recordRefund(manager, order.id, charge.amount_refunded);
    if (!isNew || !paymentMayBecome(order.paymentStatus, paymentStatus)) {
      return ignored('already_applied', order.id);
    }
    await this.orders.changePayment(manager, order, paymentStatus, {
      refundedAmount: charge.amount_refunded,
      currency: charge.currency,
    });
    return applied(`payment_${paymentStatus}`, order.id);
  }
}
