import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import type { NotificationKind } from '../notifications/templates/message-template.js';
import { type CheckoutIntent, CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { CheckoutSessionsService } from './checkout-sessions.service.js';
import { type LockedOrder, OrderStateRepository } from './order-state.repository.js';
import {
  OrderNotFoundError,
  OrderNotPendingError,
  PaymentLinkNotReadyError,
  PaymentProcessingError,
} from './orders.errors.js';

/** The link of an order that still waits: the open one, or a new one when it has expired. */
@Injectable()
export class CheckoutLink {
  constructor(
    private readonly dataSource: DataSource,
    private readonly orders: OrderStateRepository,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly checkout: CheckoutSessionsService,
  ) {}

  /** Parallel calls get the same link. Throws when the order does not wait, or Stripe cannot be reached. */
  async ensure(orderId: string): Promise<void> {
    const intent = await this.renew(orderId);
    if (intent === 'open') return;
    if (intent === 'creating' || !(await this.checkout.open(intent))) {
      throw new PaymentLinkNotReadyError();
    }
  }

  private async renew(orderId: string): Promise<CheckoutIntent | 'open' | 'creating'> {
    return inTransaction(this.dataSource, async (manager) => {
      const order = await this.orders.lock(manager, orderId);
      if (!order) throw new OrderNotFoundError();
      refuseUnpayable(order);
      const [latest] = await this.sessions.findByOrder(manager, orderId);
      if (latest?.status === 'creating') return 'creating';
      if (latest?.status === 'open' && !latest.expired) return 'open';
      if (latest?.status === 'closing') throw new OrderNotPendingError('being cancelled');
      if (latest?.status === 'open' && latest.stripeSessionId) {
        await this.sessions.markEnded(manager, latest.stripeSessionId, 'expired');
      }
      return this.writeNext(manager, orderId, { announcement: null, leased: true });
    });
  }

  /**
   * The intent of the order's next session; call inside the transaction that holds the order's lock,
   * when no session is live. For the plan see CheckoutSessionsService.writeIntent.
   */
  async writeNext(
    manager: EntityManager,
    orderId: string,
    plan: { announcement: NotificationKind | null; leased: boolean },
  ): Promise<CheckoutIntent> {
    const [latest] = await this.sessions.findByOrder(manager, orderId);
    const payable = await this.sessions.findPayableOrder(manager, orderId);
    const attempt = (latest?.attempt ?? 0) + 1;
    return this.checkout.writeIntent(manager, payable, { attempt, ...plan });
  }
}

function refuseUnpayable(order: LockedOrder): void {
  if (order.status !== 'pending') throw new OrderNotPendingError(order.status);
  if (order.paymentStatus === 'processing') throw new PaymentProcessingError();
}
