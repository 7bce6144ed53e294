import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { CheckoutLink } from '../../orders/checkout-link.service.js';
import {
  type KnownSession,
  type LockedOrder,
  OrderSettlement,
} from '../../orders/order-settlement.service.js';
import { reportedPayment } from './reported-payment.js';
import { applied, type HandledEvent, ignored, StripeEventHandler } from './stripe-event.handler.js';

/** The money of a delayed method did not come: the order waits again, and the customer gets a new link. */
@Injectable()
export class CheckoutSessionAsyncPaymentFailedHandler extends StripeEventHandler<Stripe.CheckoutSessionAsyncPaymentFailedEvent> {
  override readonly type = 'checkout.session.async_payment_failed';

  constructor(
    private readonly orders: OrderSettlement,
    private readonly link: CheckoutLink,
  ) {
    super();
  }

  override async apply(
    event: Stripe.CheckoutSessionAsyncPaymentFailedEvent,
    manager: EntityManager,
  ): Promise<HandledEvent> {
    const reported = reportedPayment(event.id, event.data.object);
    const order = await this.orders.lock(manager, reported);
    if (!order) return ignored('unknown_order');
    const session = await this.orders.findSession(manager, order.id, reported.sessionId);
    await this.orders.markSessionEnded(manager, reported.sessionId, 'complete');
    if (!isAwaited(order, reported.sessionId, session)) {
      return ignored('not_the_current_session', order.id);
    }
    const live = await this.orders.findLiveSession(manager, order.id);
    if (order.paymentStatus === 'processing') {
      await this.orders.reopen(manager, order, live?.stripeSessionId ?? null);
    }
    if (live) await this.orders.tellCustomer(manager, order, ['payment_failed']);
    else await this.writeIntent(manager, order);
    return applied('payment_failed', order.id);
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
