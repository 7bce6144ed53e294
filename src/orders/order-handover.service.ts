import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type LockedOrder, OrderStateRepository } from './order-state.repository.js';
import { OrderTransitions } from './order-transitions.service.js';
import { OrderNotFoundError } from './orders.errors.js';

/** The order's side of a pickup: every method runs in the caller's transaction. */
@Injectable()
export class OrderHandover {
  constructor(
    private readonly orders: OrderStateRepository,
    private readonly transitions: OrderTransitions,
  ) {}

  /** Throws OrderNotFoundError. */
  async lock(manager: EntityManager, orderId: string): Promise<LockedOrder> {
    const order = await this.orders.lock(manager, orderId);
    if (!order) throw new OrderNotFoundError();
    return order;
  }

  async handOver(manager: EntityManager, order: LockedOrder): Promise<void> {
    await this.transitions.apply(manager, order, { status: 'picked_up', event: 'order.picked_up' });
  }
}
