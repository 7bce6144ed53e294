import { Injectable, Logger } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type Stripe from 'stripe';
import { type ChannelPlan, NotificationsService } from '../notifications/notifications.service.js';
import { PickupService } from '../pickup/pickup.service.js';
import { PaymentConfirmation } from './payment-confirmation.service.js';
import { PAID_MESSAGES } from './plain-payment.sql.js';
import {
  type EventSeen,
  PlainPaymentsRepository,
  type ToldPayment,
} from './plain-payments.repository.js';
import { reportedPayment } from './stripe-event-handlers/reported-payment.js';
import {
  applied,
  type HandledEvent,
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
  private readonly plan: ChannelPlan;

  constructor(
    private readonly plain: PlainPaymentsRepository,
    private readonly pickup: PickupService,
    notifications: NotificationsService,
  ) {
    this.plan = notifications.planOf(PAID_MESSAGES);
  }

  /** What the database knows of an event before it is applied; one statement. */
  async look(event: Stripe.Event): Promise<EventSeen> {
    const { object } = event.data;
    const isIntent = event.type === 'payment_intent.succeeded' && 'id' in object;
    return this.plain.look(event.id, isIntent ? (object.id ?? null) : null);
  }

  /** A payment that its session's event told first: nothing is left to do. Null: it is no such event. */
  isToldBefore(event: Stripe.Event, { paidOrderId }: EventSeen): HandledEvent | null {
    if (event.type !== 'payment_intent.succeeded' || !paidOrderId) return null;
    const isOfThisOrder = orderIdIn(event.data.object.metadata) === paidOrderId;
    return isOfThisOrder ? ignored('already_applied', paidOrderId) : null;
  }

  /** Null: this event tells no payment, or not all of it. */
  toldPayment(event: Stripe.Event): ToldPayment | null {
    if (event.type !== 'checkout.session.completed') return null;
    const session = event.data.object;
    const { amount, currency, paymentIntentId, orderId } = reportedPayment(event.id, session);
    if (session.payment_status !== 'paid' || !paymentIntentId) return null;
    if (!orderId || !isUUID(orderId)) return null;
    if (amount === null || !Number.isSafeInteger(amount) || typeof currency !== 'string') {
      return null;
    }
    return { amount, currency, paymentIntentId, orderId };
  }

  /** Null: its order does not wait for just this payment, or the event came meanwhile; nothing was done. */
  async confirm(
    event: Stripe.Event,
    payment: ToldPayment,
  ): Promise<HandledEvent | 'duplicate' | null> {
    const secret = this.pickup.newSecret();
    const paid = await this.plain.confirm(event, payment, { secret, plan: this.plan });
    if (paid === null || paid === 'duplicate') return paid;
    this.logger.log({
      event: 'payment.confirmed',
      orderId: paid.orderId,
      paymentIntentId: payment.paymentIntentId,
      msg: `Checkout session completed for order ${paid.orderNumber}`,
    });
    return applied('payment_confirmed', paid.orderId);
  }
}
