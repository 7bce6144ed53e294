import { Injectable, Logger } from '@nestjs/common';
import type Stripe from 'stripe';
import { NotificationsService } from '../notifications/notifications.service.js';
import { PickupService } from '../pickup/pickup.service.js';
import { PaymentConfirmation } from './payment-confirmation.service.js';
import {
  type EventSeen,
  type PlainPayment,
  PlainPaymentsRepository,
} from './plain-payments.repository.js';
import { reportedPayment } from './stripe-event-handlers/reported-payment.js';
import {
  applied,
  type HandledEvent,
  idOf,
  ignored,
  orderIdIn,
} from './stripe-event-handlers/stripe-event.handler.js';

/**
 * The few things that nearly every event is: told before, the payment of an order that waits for just
 * this sum, or the second word of a payment. What is none of these goes the general road.
 */
@Injectable()
export class PlainPayments {
  /** The same line, whichever road a payment takes. */
  private readonly logger = new Logger(PaymentConfirmation.name);

  constructor(
    private readonly plain: PlainPaymentsRepository,
    private readonly pickup: PickupService,
    private readonly notifications: NotificationsService,
  ) {}

  /** What the database knows of an event before it is applied; one statement. */
  async look(event: Stripe.Event): Promise<EventSeen> {
    const { object } = event.data;
    if (event.type === 'checkout.session.completed') {
      const { id, payment_intent } = event.data.object;
      return this.plain.look(event.id, id, idOf(payment_intent));
    }
    const isIntent = event.type === 'payment_intent.succeeded' && 'id' in object;
    return this.plain.look(event.id, null, isIntent ? (object.id ?? null) : null);
  }

  /** A payment that its session's event told first: nothing is left to do. Null: it is no such event. */
  isToldBefore(event: Stripe.Event, { paidOrderId }: EventSeen): HandledEvent | null {
    if (event.type !== 'payment_intent.succeeded' || !paidOrderId) return null;
    const isOfThisOrder = orderIdIn(event.data.object.metadata) === paidOrderId;
    return isOfThisOrder ? ignored('already_applied', paidOrderId) : null;
  }

  /** Null: this event is not the payment of an order that waits for it, or somebody has to look closer. */
  plainPayment(event: Stripe.Event, seen: EventSeen): PlainPayment | null {
    if (event.type !== 'checkout.session.completed') return null;
    const session = event.data.object;
    const { sessionId, paymentIntentId, amount, currency, ...reported } = reportedPayment(
      event.id,
      session,
    );
    const { orderId, orderNumber } = seen;
    if (session.payment_status !== 'paid' || !paymentIntentId) return null;
    if (!orderId || !orderNumber || (reported.orderId ?? orderId) !== orderId) return null;
    if (seen.status !== 'pending' || seen.paymentStatus !== 'pending') return null;
    if (amount !== seen.totalAmount || currency !== seen.currency) return null;
    return { orderId, orderNumber, sessionId, paymentIntentId };
  }

  /** Null: it is no plain payment any more, or the event came meanwhile; nothing was done. */
  async confirm(event: Stripe.Event, payment: PlainPayment): Promise<HandledEvent | null> {
    const secret = this.pickup.newSecret();
    const { plan } = this.notifications;
    if (!(await this.plain.confirm(event, payment, { secret, plan }))) return null;
    const { orderId, orderNumber, paymentIntentId } = payment;
    this.logger.log({
      event: 'payment.confirmed',
      orderId,
      paymentIntentId,
      msg: `Checkout session completed for order ${orderNumber}`,
    });
    return applied('payment_confirmed', orderId);
  }
}
