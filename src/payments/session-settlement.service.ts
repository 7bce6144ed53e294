import { Injectable, Logger } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { CheckoutLink } from '../orders/checkout-link.service.js';
import { OrderEnding } from '../orders/order-ending.service.js';
import {
  type KnownSession,
  type LockedOrder,
  OrderSettlement,
} from '../orders/order-settlement.service.js';
import { PaymentConfirmation } from './payment-confirmation.service.js';
import { PaymentReviews } from './payment-reviews.service.js';
import { reportedPayment } from './stripe-event-handlers/reported-payment.js';
import {
  applied,
  type HandledEvent,
  ignored,
} from './stripe-event-handlers/stripe-event.handler.js';

/**
 * What the end of a Checkout Session does to its order, whoever tells of it: an event, or Stripe when
 * it is asked. `source` is the event's id, or where else the word comes from. Call inside a
 * transaction; idempotent by the state of order and session.
 */
@Injectable()
export class SessionSettlement {
  private readonly logger = new Logger(SessionSettlement.name);

  constructor(
    private readonly confirmation: PaymentConfirmation,
    private readonly orders: OrderSettlement,
    private readonly ending: OrderEnding,
    private readonly reviews: PaymentReviews,
    private readonly link: CheckoutLink,
  ) {}

  /** The customer has finished on Stripe's page: paid, or, with a delayed method, promised to pay. */
  async complete(
    manager: EntityManager,
    source: string,
    session: Stripe.Checkout.Session,
  ): Promise<HandledEvent> {
    const reported = reportedPayment(source, session);
    if (session.payment_status === 'paid' && reported.paymentIntentId) {
      return this.paid(manager, source, session);
    }
    if (session.payment_status !== 'unpaid') return this.withoutPayment(manager, reported);
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    const before = await this.orders.findSession(manager, order.id, session.id);
    await this.orders.markSessionOwed(manager, session.id);
    if (order.status !== 'pending' || order.paymentStatus !== 'pending') {
      return ignored('not_pending', order.id);
    }
    // The failure of the promised payment was told before the promise.
    if (before?.status === 'complete') return ignored('already_applied', order.id);
    await this.orders.awaitPayment(manager, order, session.id);
    return applied('payment_processing', order.id);
  }

  /** The money is there. */
  async paid(
    manager: EntityManager,
    source: string,
    session: Stripe.Checkout.Session,
  ): Promise<HandledEvent> {
    const reported = reportedPayment(source, session);
    const { paymentIntentId } = reported;
    return paymentIntentId
      ? this.confirmation.confirm(manager, { ...reported, paymentIntentId })
      : this.withoutPayment(manager, reported);
  }

  /** The money of a delayed method did not come: the order waits again, and the customer gets a new link. */
  async failed(
    manager: EntityManager,
    source: string,
    session: Stripe.Checkout.Session,
  ): Promise<HandledEvent> {
    const order = await this.orders.lock(manager, reportedPayment(source, session));
    if (!order) return ignored('unknown_order');
    const before = await this.orders.findSession(manager, order.id, session.id);
    await this.orders.markSessionEnded(manager, session.id, 'complete');
    if (!isAwaited(order, session.id, before)) {
      return ignored('not_the_current_session', order.id);
    }
    if (before?.closeReason) {
      // The shop was ending it when the promise came in between.
      await this.ending.cancel(manager, order, before.closeReason);
      return applied('order_cancelled', order.id);
    }
    const live = await this.orders.findLiveSession(manager, order.id);
    if (order.paymentStatus === 'processing') {
      await this.orders.reopen(manager, order, live?.stripeSessionId ?? null);
    }
    if (live) await this.orders.tellCustomer(manager, order, ['payment_failed']);
    else await this.writeIntent(manager, order);
    return applied('payment_failed', order.id);
  }

  /** The link died unpaid: the order ends, its stock is freed, the customer is told. */
  async expired(
    manager: EntityManager,
    source: string,
    session: Stripe.Checkout.Session,
  ): Promise<HandledEvent> {
    const order = await this.orders.lock(manager, reportedPayment(source, session));
    if (!order) return ignored('unknown_order');
    const before = await this.orders.findSession(manager, order.id, session.id);
    await this.orders.markSessionEnded(manager, session.id, 'expired');
    if (order.status !== 'pending' || order.paymentStatus !== 'pending') {
      return ignored('not_pending', order.id);
    }
    if (!before?.latest) {
      return ignored('not_the_current_session', order.id);
    }
    // A session that the shop ended carries the shop's reason; the word may overtake our own commit.
    if (before.closeReason) await this.ending.cancel(manager, order, before.closeReason);
    else await this.ending.expire(manager, order);
    this.logger.log({
      event: 'order.expired',
      orderId: order.id,
      msg: `Checkout session expired for order ${order.orderNumber}`,
    });
    return applied('order_cancelled', order.id);
  }

  /** An end without a payment to show for it: somebody must look at Stripe's dashboard. */
  private async withoutPayment(
    manager: EntityManager,
    reported: ReturnType<typeof reportedPayment>,
  ): Promise<HandledEvent> {
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    const { eventId, paymentIntentId, sessionId: objectId, amount, currency } = reported;
    await this.orders.markSessionEnded(manager, objectId, 'complete');
    const reviewed = { eventId, paymentIntentId, objectId, amount, currency };
    return this.reviews.open(manager, 'payment_not_required', order, reviewed);
  }

  /** Only the intent: the tick asks Stripe, and the new link carries the bad news. */
  private async writeIntent(manager: EntityManager, order: LockedOrder): Promise<void> {
    await this.link.writeNext(manager, order.id, { announcement: 'payment_failed', leased: false });
  }
}

/** The promise was told before, or this failure has overtaken it. */
function isAwaited(order: LockedOrder, sessionId: string, session: KnownSession | null): boolean {
  if (order.status !== 'pending') return false;
  return order.paymentStatus === 'processing'
    ? order.stripeSessionId === sessionId
    : session !== null && session.latest && session.status !== 'complete';
}
