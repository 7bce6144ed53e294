import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isUUID } from 'class-validator';
import { StockService } from '../catalog/stock.service.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import type { NotificationKind } from '../notifications/templates/message-template.js';
import { CheckoutSessionsRepository, type StoredSession } from './checkout-sessions.repository.js';
import { type OrderMessage, OrderMessagesService } from './order-messages.service.js';
import { type LockedOrder, OrderStateRepository } from './order-state.repository.js';
import { PAID_ELSEWHERE } from './order-paid.sql.js';
import { OrderTransitions } from './order-transitions.service.js';

export type { LockedOrder } from './order-state.repository.js';

/** How an event of the provider names an order. */
export interface OrderReference {
  readonly sessionId: string | null;
  /** From the metadata we gave Stripe; believed only when no session of ours says otherwise. */
  readonly orderId: string | null;
  /** When the session ends, in epoch seconds: tells an unknown session from another attempt's. */
  readonly sessionExpiresAt?: number;
}

/** A session as it stood before the event that is being applied. */
export interface KnownSession extends StoredSession {
  /** False when another one has taken its place, be it still in the making. */
  readonly latest: boolean;
}

/** The order's side of a payment, for the payments module: every method runs in the caller's transaction. */
@Injectable()
export class OrderSettlement {
  private readonly logger = new Logger(OrderSettlement.name);

  constructor(
    private readonly orders: OrderStateRepository,
    private readonly transitions: OrderTransitions,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly stock: StockService,
    private readonly messages: OrderMessagesService,
    private readonly notifications: NotificationsService,
  ) {}

  /** Locks the order that is meant; the session's own row wins over metadata. Null: none of ours. */
  async lock(manager: EntityManager, reference: OrderReference): Promise<LockedOrder | null> {
    const { sessionId, orderId, sessionExpiresAt } = reference;
    const bySession = sessionId ? await this.orders.findOrderIdBySession(manager, sessionId) : null;
    if (bySession && orderId && bySession !== orderId) {
      this.logger.error({
        event: 'payment.reference_mismatch',
        orderId: bySession,
        msg: 'The metadata of a session name another order than its own: its own is taken',
      });
    }
    const id = bySession ?? orderId;
    if (!id || !isUUID(id)) return null;
    const order = await this.orders.lock(manager, id);
    // The create call has not answered yet, but Stripe already speaks of its session.
    if (order && sessionId && !bySession && sessionExpiresAt) {
      await this.sessions.adopt(manager, id, sessionId, sessionExpiresAt);
    }
    return order;
  }

  /**
   * The order is paid. A cancelled one comes back to life when its stock can be had again.
   * False: it cannot, so a person must decide.
   */
  async confirm(
    manager: EntityManager,
    order: LockedOrder,
    payment: { sessionId: string | null; paymentIntentId: string },
  ): Promise<boolean> {
    const lines = await this.orders.stockLines(manager, order.id);
    if (order.status === 'cancelled' && !(await this.stock.reserveAgain(manager, lines))) {
      return false;
    }
    await this.transitions.apply(manager, order, {
      status: 'confirmed',
      paymentStatus: 'paid',
      ...(payment.sessionId ? { stripeSessionId: payment.sessionId } : {}),
      event: order.status === 'cancelled' ? 'order.revived' : 'order.confirmed',
      data: { ...payment, amount: order.totalAmount, currency: order.currency },
    });
    if (payment.sessionId) await this.completeSession(manager, order, payment.sessionId);
    await this.notifications.cancelPaymentRequests(manager, order.id);
    return true;
  }

  /** The customer is done with this session; any other that is still open for the order is closed. */
  async completeSession(
    manager: EntityManager,
    order: LockedOrder,
    sessionId: string,
  ): Promise<void> {
    await this.sessions.markEnded(manager, sessionId, 'complete');
    await this.sessions.retire(manager, order.id, PAID_ELSEWHERE);
  }

  /** The order was paid by this session, which the event that paid it did not name. */
  async attributeTo(manager: EntityManager, order: LockedOrder, sessionId: string): Promise<void> {
    await this.orders.rememberSession(manager, order.id, sessionId);
    await this.completeSession(manager, order, sessionId);
  }

  /** A delayed method was chosen: the money is promised, not there. */
  async awaitPayment(manager: EntityManager, order: LockedOrder, sessionId: string): Promise<void> {
    await this.transitions.apply(manager, order, {
      paymentStatus: 'processing',
      stripeSessionId: sessionId,
      event: 'payment.processing',
      data: { sessionId },
    });
    await this.notifications.cancelPaymentRequests(manager, order.id);
  }

  /** A delayed payment failed: the order waits again, by the session that can still be paid, if any. */
  async reopen(
    manager: EntityManager,
    order: LockedOrder,
    stripeSessionId: string | null,
  ): Promise<void> {
    await this.transitions.apply(manager, order, {
      paymentStatus: 'pending',
      ...(stripeSessionId ? { stripeSessionId } : {}),
      event: 'payment.failed',
    });
  }

  async changePayment(
    manager: EntityManager,
    order: LockedOrder,
    paymentStatus: 'refunded' | 'partially_refunded',
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.transitions.apply(manager, order, {
      paymentStatus,
      event: `payment.${paymentStatus}`,
      data,
    });
  }

  /** The money is gone as a whole: what was not collected goes back on sale, nobody is invited to collect it. */
  async endPickup(manager: EntityManager, order: LockedOrder): Promise<void> {
    if (order.status === 'confirmed') {
      await this.stock.release(manager, await this.orders.stockLines(manager, order.id));
    }
    await this.notifications.cancelPickupInvitations(manager, order.id);
  }

  /** Until a dispute is decided: nobody is invited to the counter. */
  async holdPickup(manager: EntityManager, order: LockedOrder): Promise<void> {
    await this.notifications.cancelPickupInvitations(manager, order.id);
  }

  /** A line in the timeline that changes nothing. */
  async note(
    manager: EntityManager,
    order: LockedOrder,
    event: string,
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.orders.change(manager, order.id, { event, data });
  }

  async markSessionEnded(
    manager: EntityManager,
    sessionId: string,
    status: 'complete' | 'expired',
  ): Promise<void> {
    await this.sessions.markEnded(manager, sessionId, status);
  }

  /** The customer is done with this session, and its money has only been promised. */
  async markSessionOwed(manager: EntityManager, sessionId: string): Promise<void> {
    await this.sessions.markEnded(manager, sessionId, 'complete', true);
  }

  /** The order no longer waits: what could still be paid for it is closed. Answers how many sessions. */
  async closeSessions(manager: EntityManager, orderId: string): Promise<number> {
    const order = await this.orders.lock(manager, orderId);
    if (!order || order.status === 'pending') return 0;
    return this.sessions.retire(manager, order.id, null);
  }

  /** The order's session of this id, with the reason why the shop ended it, if it did. */
  async findSession(
    manager: EntityManager,
    orderId: string,
    sessionId: string,
  ): Promise<KnownSession | null> {
    const sessions = await this.sessions.findByOrder(manager, orderId);
    const found = sessions.find(({ stripeSessionId }) => stripeSessionId === sessionId);
    return found ? { ...found, latest: found === sessions[0] } : null;
  }

  /** The session that can be paid, or is being made. */
  async findLiveSession(manager: EntityManager, orderId: string): Promise<StoredSession | null> {
    const [latest] = await this.sessions.findByOrder(manager, orderId);
    return latest?.status === 'open' || latest?.status === 'creating' ? latest : null;
  }

  async tellCustomer(
    manager: EntityManager,
    order: LockedOrder,
    kinds: readonly NotificationKind[],
    message: Omit<OrderMessage, 'orderId'> = {},
  ): Promise<void> {
    await this.messages.enqueue(manager, kinds, [{ ...message, orderId: order.id }]);
  }
}
