import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { StockService } from '../catalog/stock.service.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { OrderMessagesService } from './order-messages.service.js';
import { type LockedOrder, OrderStateRepository } from './order-state.repository.js';
import { OrderTransitions } from './order-transitions.service.js';

/** The reason kept with an order whose link died unpaid. */
const LINK_EXPIRED = 'payment_link_expired';

/** Ends an unpaid order: cancelled, stock freed, requests for money taken back, customer told. */
@Injectable()
export class OrderEnding {
  constructor(
    private readonly orders: OrderStateRepository,
    private readonly transitions: OrderTransitions,
    private readonly stock: StockService,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly notifications: NotificationsService,
    private readonly messages: OrderMessagesService,
  ) {}

  /** By the shop. Call inside the transaction that holds the order's lock, for a pending order only. */
  async cancel(manager: EntityManager, order: LockedOrder, reason: string): Promise<void> {
    await this.end(manager, order, reason, 'order.cancelled');
    await this.messages.enqueue(manager, ['order_cancelled'], [{ orderId: order.id }]);
  }

  /** By itself, when its link died. Call inside the transaction that holds the order's lock. */
  async expire(manager: EntityManager, order: LockedOrder): Promise<void> {
    await this.end(manager, order, LINK_EXPIRED, 'order.expired');
    await this.messages.enqueue(manager, ['payment_link_expired'], [{ orderId: order.id }]);
  }

  private async end(
    manager: EntityManager,
    order: LockedOrder,
    reason: string,
    event: 'order.cancelled' | 'order.expired',
  ): Promise<void> {
    await this.transitions.apply(manager, order, {
      status: 'cancelled',
      paymentStatus: 'failed',
      cancelReason: reason,
      event,
      data: { reason },
    });
    await this.stock.release(manager, await this.orders.stockLines(manager, order.id));
    await this.sessions.retire(manager, order.id, reason);
    await this.notifications.cancelPaymentRequests(manager, order.id);
  }
}
