import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { StockService } from '../catalog/stock.service.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { OrderMessagesService } from './order-messages.service.js';
import { type LockedOrder, OrderStateRepository } from './order-state.repository.js';
import { OrderTransitions } from './order-transitions.service.js';

/** The reason kept with an order whose link died unpaid. */
export const LINK_EXPIRED = 'payment_link_expired';

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

  /** Call inside the transaction that holds the order's lock, for a pending order only. */
  async end(manager: EntityManager, order: LockedOrder, reason: string): Promise<void> {
    const expired = reason === LINK_EXPIRED;
    await this.transitions.apply(manager, order, {
      status: 'cancelled',
      paymentStatus: 'failed',
      cancelReason: reason,
      event: expired ? 'order.expired' : 'order.cancelled',
      data: { reason },
    });
    await this.stock.release(manager, await this.orders.stockLines(manager, order.id));
    await this.sessions.retire(manager, order.id, reason);
    await this.notifications.cancelPaymentRequests(manager, order.id);
    await this.messages.enqueue(
      manager,
      [expired ? 'payment_link_expired' : 'order_cancelled'],
      [{ orderId: order.id }],
    );
  }
}
