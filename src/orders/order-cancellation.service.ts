import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { CheckoutGateway } from '../stripe/checkout.gateway.js';
import { CheckoutChecksRepository } from './checkout-checks.repository.js';
import { CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { OrderEnding } from './order-ending.service.js';
import { type LockedOrder, OrderStateRepository } from './order-state.repository.js';
import {
  OrderAlreadyPaidError,
  OrderNotFoundError,
  PaymentProcessingError,
} from './orders.errors.js';

/** Cancelling by the shop. Stripe's session ends first: nobody may pay for what was just cancelled. */
@Injectable()
export class OrderCancellation {
  private readonly logger = new Logger(OrderCancellation.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: CheckoutGateway,
    private readonly orders: OrderStateRepository,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly ending: OrderEnding,
    private readonly checks: CheckoutChecksRepository,
  ) {}

  /**
   * Idempotent: a cancelled order stays as it is. Throws OrderNotFoundError, OrderAlreadyPaidError,
   * PaymentProcessingError, and PaymentProviderError when Stripe cannot be asked (the order then
   * still waits, and is ended by the tick as soon as Stripe answers).
   */
  async cancel(orderId: string, reason: string): Promise<void> {
    const stripeSessionId = await this.decide(orderId, reason);
    if (stripeSessionId) await this.finish(orderId, stripeSessionId, reason);
  }

  /** Also the tick's road for a session that was to be closed and whose order still waits. */
  async finish(orderId: string, stripeSessionId: string, reason: string): Promise<void> {
    const { status } = await this.gateway.expireSession(stripeSessionId);
    if (status === 'complete') {
      // The customer was faster: settled by the payment's own event, or by the look at the session.
      await this.checks.lookAtOnce(stripeSessionId);
      throw new OrderAlreadyPaidError();
    }
    const before = await inTransaction(this.dataSource, async (manager) => {
      const order = await this.orders.lock(manager, orderId);
      await this.sessions.markEnded(manager, stripeSessionId, 'expired');
      const isWaiting = order?.status === 'pending' && order.paymentStatus !== 'processing';
      if (isWaiting) await this.ending.cancel(manager, order, reason);
      return order;
    });
    // Not so for the second link of an order that was paid, or ended by Stripe's own event.
    if (before?.status !== 'pending') return;
    // Money was promised through another link meanwhile: it must not arrive at a cancelled order.
    if (before.paymentStatus === 'processing') throw new PaymentProcessingError();
    this.logger.log({ event: 'order.cancelled', orderId, msg: `Order ${orderId} cancelled` });
  }

  /** The intent first: the session's row says why it ends, so that Stripe's own event cancels for the same reason. */
  private async decide(orderId: string, reason: string): Promise<string | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const order = await this.orders.lock(manager, orderId);
      if (!order) throw new OrderNotFoundError();
      if (order.status === 'cancelled') return null;
      refusePaid(order);
      const [latest] = await this.sessions.findByOrder(manager, orderId);
      await this.sessions.retire(manager, orderId, reason);
      if (latest?.stripeSessionId && (latest.status === 'open' || latest.status === 'closing')) {
        return latest.stripeSessionId;
      }
      await this.ending.cancel(manager, order, reason);
      return null;
    });
  }
}

function refusePaid(order: LockedOrder): void {
  if (order.status !== 'pending') throw new OrderAlreadyPaidError();
  if (order.paymentStatus === 'processing') throw new PaymentProcessingError();
}
