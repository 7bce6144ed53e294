import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { StockLine } from '../catalog/stock.service.js';
import { rowsOf } from '../database/transaction.js';
import { OrderArchive } from '../retention/archive.service.js';
import { orderChange } from './order-change.sql.js';
import type { OrderStatus, PaymentStatus } from './order-status.js';

/** An order whose row this transaction holds: nobody else changes it until the commit. */
export interface LockedOrder {
  readonly id: string;
  readonly orderNumber: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly currency: string;
  /** Minor units. */
  readonly totalAmount: number;
  readonly stripeSessionId: string | null;
  readonly cancelReason: string | null;
  readonly pickedUpAt: Date | null;
}

/** What a step changes, and the line it leaves in the timeline. */
export interface OrderChange {
  readonly status?: OrderStatus;
  readonly paymentStatus?: PaymentStatus;
  readonly stripeSessionId?: string;
  readonly cancelReason?: string;
  readonly event: string;
  readonly data?: Record<string, unknown>;
}

const CHANGE = `WITH ${orderChange({
  where: 'orders.id = $1',
  status: '$2',
  paymentStatus: '$3',
  stripeSessionId: '$4',
  cancelReason: '$5',
  event: '$6',
  data: '$7::jsonb',
})} SELECT FROM changed`;

@Injectable()
export class OrderStateRepository {
  constructor(private readonly archive: OrderArchive) {}

  /**
   * Always the first row a transaction locks, so that two of them queue up instead of deadlocking. An
   * order that was archived, perhaps this instant, comes back first: nobody who must do something with
   * an order needs to know of the archive.
   */
  async lock(manager: EntityManager, orderId: string): Promise<LockedOrder | null> {
    const order = await this.lockLive(manager, orderId);
    if (order || !(await this.archive.bringBack(manager, [orderId]))) return order;
    return this.lockLive(manager, orderId);
  }

  private async lockLive(manager: EntityManager, orderId: string): Promise<LockedOrder | null> {
    const [row] = await rowsOf<LockedOrder>(
      manager,
      `SELECT id, order_number AS "orderNumber", customer_id AS "customerId", status,
              payment_status AS "paymentStatus", currency, total_amount AS "totalAmount",
              stripe_session_id AS "stripeSessionId", cancel_reason AS "cancelReason",
              picked_up_at AS "pickedUpAt"
         FROM orders WHERE id = $1 FOR UPDATE`,
      [orderId],
    );
    return row ?? null;
  }

  /** The order a Checkout Session belongs to: by the session's row, else none. */
  async findOrderIdBySession(manager: EntityManager, sessionId: string): Promise<string | null> {
    const [row] = await rowsOf<{ orderId: string }>(
      manager,
      `SELECT order_id AS "orderId" FROM checkout_sessions WHERE stripe_session_id = $1`,
      [sessionId],
    );
    return row?.orderId ?? null;
  }

  /** State and timeline in one statement. */
  async change(manager: EntityManager, orderId: string, change: OrderChange): Promise<void> {
    await manager.query(CHANGE, [
      orderId,
      change.status ?? null,
      change.paymentStatus ?? null,
      change.stripeSessionId ?? null,
      change.cancelReason ?? null,
      change.event,
      JSON.stringify(change.data ?? {}),
    ]);
  }

  async rememberSession(
    manager: EntityManager,
    orderId: string,
    stripeSessionId: string,
  ): Promise<void> {
    await manager.query(
      `UPDATE orders SET stripe_session_id = $2, updated_at = now()
        WHERE id = $1 AND stripe_session_id IS DISTINCT FROM $2`,
      [orderId, stripeSessionId],
    );
  }

  async stockLines(manager: EntityManager, orderId: string): Promise<StockLine[]> {
    return rowsOf<StockLine>(
      manager,
      `SELECT sku, quantity FROM order_items WHERE order_id = $1 ORDER BY position`,
      [orderId],
    );
  }
}
