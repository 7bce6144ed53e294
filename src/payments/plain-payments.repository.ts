import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { DataSource, QueryFailedError } from 'typeorm';
import { inOneGo, rowsOf } from '../database/transaction.js';
import type { ChannelPlan } from '../notifications/notifications.service.js';
import { CONFIRM, LOCK, LOOK } from './plain-payment.sql.js';
import { inboxRow } from './payments.repository.js';

/** What is known before an event is applied. */
export interface EventSeen {
  readonly isKnown: boolean;
  /** Whose the payment intent is. */
  readonly paidOrderId: string | null;
}

/** A payment as its session's event tells it: plain where the order that waits for it says the same. */
export interface ToldPayment {
  readonly paymentIntentId: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly orderId: string;
}

export interface PaidOrder {
  readonly orderId: string;
  readonly orderNumber: string;
}

/** The hot road: two statements on one way to the database, instead of twenty. */
@Injectable()
export class PlainPaymentsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Outside of any transaction: for an event that is known there is nothing more to do. */
  async look(eventId: string, paymentIntentId: string | null): Promise<EventSeen> {
    const given = [eventId, paymentIntentId];
    const [row] = await rowsOf<EventSeen>(this.dataSource.manager, LOOK, given);
    return row!;
  }

  /**
   * Looks, locks and writes, in one packet. Idempotent by the event's id and the order's state. Null: it is
   * no plain payment, or another process is applying the event; nothing was written.
   */
  async confirm(
    event: Stripe.Event,
    { paymentIntentId, amount, currency, orderId }: ToldPayment,
    { secret, plan }: { readonly secret: Buffer; readonly plan: ChannelPlan },
  ): Promise<PaidOrder | 'duplicate' | null> {
    const { kinds, channels } = plan;
    const given = [...inboxRow(event), amount, currency, orderId, secret, kinds, channels];
    const answers = await inOneGo(this.dataSource, [
      { text: LOCK, values: [event.id, orderId, paymentIntentId] },
      { text: CONFIRM, values: given },
    ]).catch(nullIfThere);
    if (!answers) return null;
    const [looked, confirmed] = answers;
    if ((looked as EventSeen[])[0]!.isKnown) return 'duplicate';
    return (confirmed as PaidOrder[])[0] ?? null;
  }
}

/** A unique key had the last word. */
function nullIfThere(error: unknown): null {
  if (error instanceof QueryFailedError) {
    const { code } = error.driverError as { code?: string };
    if (code === '23505') return null;
  }
  throw error;
}
