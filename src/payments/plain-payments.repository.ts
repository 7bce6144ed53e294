import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { DataSource, type EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import type { OrderStatus, PaymentStatus } from '../orders/order-status.js';
import type { ChannelPlan } from '../notifications/notifications.service.js';
import { CONFIRM, LOOK, TAKE } from './plain-payment.sql.js';
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

/** The hot road: three statements for an event instead of twenty. */
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
   * Inbox row, locks, and everything that a plain payment changes: both statements are sent at once,
   * since the second asks for itself what it depends on. `changed`: in between something was told that
   * makes it no plain payment; the inbox row is written and the order locked, and nothing else is done.
   */
  async confirm(
    manager: EntityManager,
    event: Stripe.Event,
    { orderId, sessionId, paymentIntentId }: PlainPayment,
    { secret, plan }: { readonly secret: Buffer; readonly plan: ChannelPlan },
  ): Promise<'confirmed' | 'duplicate' | 'changed'> {
    const [taken, confirmed] = await Promise.all([
      rowsOf(manager, TAKE, [...inboxRow(event), orderId]),
      rowsOf(manager, CONFIRM, [
        event.id,
        orderId,
        sessionId,
        paymentIntentId,
        secret,
        plan.kinds,
        plan.channels,
      ]),
    ]);
    if (taken.length === 0) return 'duplicate';
    return confirmed.length > 0 ? 'confirmed' : 'changed';
  }
}
