import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type OrderReference, OrderSettlement } from '../orders/order-settlement.service.js';
import { PickupService } from '../pickup/pickup.service.js';
import { PaymentDisputes } from './payment-disputes.service.js';
import { PaymentRefunds } from './payment-refunds.service.js';
import { PaymentReviews } from './payment-reviews.service.js';
import { PaymentsRepository } from './payments.repository.js';
import {
  applied,
  type HandledEvent,
  ignored,
} from './stripe-event-handlers/stripe-event.handler.js';

/** A payment as an event reports it; amount in minor units. */
export interface ReportedPayment extends OrderReference {
  readonly eventId: string;
  readonly paymentIntentId: string;
  readonly amount: number | null;
  readonly currency: string | null;
}

/** The one place where an order becomes paid, whichever event says so first. */
@Injectable()
export class PaymentConfirmation {
  private readonly logger = new Logger(PaymentConfirmation.name);

  constructor(
    private readonly orders: OrderSettlement,
    private readonly payments: PaymentsRepository,
    private readonly reviews: PaymentReviews,
    private readonly refunds: PaymentRefunds,
    private readonly disputes: PaymentDisputes,
    private readonly pickup: PickupService,
  ) {}

  /** Call inside the event's transaction. Idempotent per payment intent. */
  async confirm(manager: EntityManager, reported: ReportedPayment): Promise<HandledEvent> {
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    const { sessionId, paymentIntentId, amount, currency } = reported;

    const related = await this.payments.findRelated(manager, order.id, paymentIntentId);
    const known = related.find(({ orderId }) => orderId === order.id);
    if (known?.stripePaymentIntentId === paymentIntentId) {
      // The payment's own event came first and did not know the session.
      if (sessionId) {
        await this.payments.rememberSession(manager, known.id, sessionId);
        await this.orders.attributeTo(manager, order, sessionId);
      }
      return ignored('already_applied', order.id);
    }
    if (sessionId) await this.orders.markSessionEnded(manager, sessionId, 'complete');
    // It waits for a person, or did: once, whatever has become of the order since.
    const held = await this.reviews.findHeldMoney(manager, order.id, paymentIntentId);
    if (held) return { outcome: 'review', reason: held.reason, orderId: order.id };
    // The order has a payment, or, by metadata that were changed, this payment has another order.
    if (related.length > 0) {
      const message = known ? 'second_payment_received' : null;
      return this.reviews.open(manager, 'second_payment', order, reported, message);
    }
    if (currency !== order.currency) {
      return this.reviews.open(manager, 'currency_mismatch', order, reported);
    }
    if (amount !== order.totalAmount) {
      return this.reviews.open(manager, 'amount_mismatch', order, reported);
    }
    if (!(await this.orders.confirm(manager, order, { sessionId, paymentIntentId }))) {
      const message = 'late_payment_received';
      return this.reviews.open(manager, 'paid_after_cancel', order, reported, message);
    }
    await this.payments.lockIntent(manager, paymentIntentId);
    await this.payments.insert(manager, {
      orderId: order.id,
      stripePaymentIntentId: paymentIntentId,
      stripeSessionId: sessionId,
      amount,
      currency,
    });
    await this.pickup.issue(manager, order.id);
    const confirmed = { ...order, status: 'confirmed', paymentStatus: 'paid' } as const;
    const refundedAmount = await this.reviews.takeEarlyRefund(manager, paymentIntentId);
    if (refundedAmount > 0) {
      await this.refunds.apply(manager, confirmed, { refundedAmount, currency });
    }
    if (refundedAmount < amount) {
      await this.orders.tellCustomer(manager, order, ['payment_thank_you', 'pickup_qr']);
      await this.disputes.openEarly(manager, confirmed, paymentIntentId);
    }
    this.logger.log({
      event: 'payment.confirmed',
      orderId: order.id,
      paymentIntentId,
      msg: `Checkout session completed for order ${order.orderNumber}`,
    });
    return applied('payment_confirmed', order.id);
  }
}
