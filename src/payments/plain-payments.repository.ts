import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { DataSource } from 'typeorm';
import { inOneGo, rowsOf } from '../database/transaction.js';
import type { OrderStatus, PaymentStatus } from '../orders/order-status.js';
import type { ChannelPlan } from '../notifications/notifications.service.js';
import { CONFIRM, LOCK, LOOK } from './plain-payment.sql.js';
import { inboxRow } from './payments.repository.js';

/** What is known before an event is applied; the order's members are null when the session is not ours. */
export interface EventSeen {
  readonly isKnown: boolean;
  /** Whose the payment intent is. */
  readonly paidOrderId: string | null;
  readonly orderId: string | null;
  readonly orderNumber: string | null;
  readonly status: OrderStatus | null;
  readonly paymentStatus: PaymentStatus | null;
  readonly currency: string | null;
  /** Minor units. */
  readonly totalAmount: number | null;
}

/** A payment of which the order that waits for it says the same as Stripe. */
export interface PlainPayment {
  readonly orderId: string;
  readonly orderNumber: string;
  readonly sessionId: string;
  readonly paymentIntentId: string;
}

/** The hot road: five short statements on two ways to the database, instead of twenty. */
@Injectable()
export class PlainPaymentsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Outside of any transaction: for an event that is known there is nothing more to do. */
  async look(
    eventId: string,
    sessionId: string | null,
    paymentIntentId: string | null,
  ): Promise<EventSeen> {
    const given = [eventId, sessionId, paymentIntentId];
    const [row] = await rowsOf<EventSeen>(this.dataSource.manager, LOOK, given);
    return row!;
  }

  /**
   * Locks and writes, in one packet. Idempotent by the event's id and the order's state. False: it is no
   * plain payment any more, or the event is known; nothing was written.
   */
  async confirm(
    event: Stripe.Event,
    { orderId, sessionId, paymentIntentId }: PlainPayment,
    { secret, plan }: { readonly secret: Buffer; readonly plan: ChannelPlan },
  ): Promise<boolean> {
    const { kinds, channels } = plan;
    const [, confirmed] = await inOneGo(this.dataSource, [
      { text: LOCK, values: [orderId, paymentIntentId] },
      {
        text: CONFIRM,
        values: [...inboxRow(event), orderId, sessionId, secret, kinds, channels],
      },
    ]);
    return confirmed!.length > 0;
  }
}
