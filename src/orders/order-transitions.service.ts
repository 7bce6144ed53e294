import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type LockedOrder,
  type OrderChange,
  OrderStateRepository,
} from './order-state.repository.js';
import { mayBecome, paymentMayBecome } from './order-status.js';

/** The only way to change an order's state: the transition tables decide what may follow what. */
@Injectable()
export class OrderTransitions {
  constructor(private readonly orders: OrderStateRepository) {}

  /** Call inside the transaction that holds the lock. Throws on a step the tables do not know: a bug of ours. */
  async apply(manager: EntityManager, order: LockedOrder, change: OrderChange): Promise<void> {
    const { status, paymentStatus } = change;
    if (status && status !== order.status && !mayBecome(order.status, status)) {
      throw new Error(`An order cannot go from ${order.status} to ${status}`);
    }
    if (paymentStatus && !paymentMayBecome(order.paymentStatus, paymentStatus)) {
      throw new Error(`A payment cannot go from ${order.paymentStatus} to ${paymentStatus}`);
    }
    await this.orders.change(manager, order.id, change);
  }
}
