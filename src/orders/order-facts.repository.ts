import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import type { NotificationParams } from '../notifications/notification-params.js';
import { messageParams } from './order-facts.sql.js';

/** An order as a message tells it. */
export interface MessageOrder {
  readonly id: string;
  readonly customerId: string;
  readonly paymentExpiresAt: Date | null;
  readonly params: NotificationParams;
}

@Injectable()
export class OrderFactsRepository {
  /** What messages say of these orders, in one query whatever their number. */
  async find(manager: EntityManager, orderIds: readonly string[]): Promise<MessageOrder[]> {
    return rowsOf<MessageOrder>(
      manager,
      `SELECT o.id, o.customer_id AS "customerId", cs.expires_at AS "paymentExpiresAt",
              ${messageParams({
                order: 'o',
                paymentUrl: 'cs.url',
                paymentExpiresAt: 'cs.expires_at',
              })} AS params
         FROM orders o
         LEFT JOIN checkout_sessions cs
           ON cs.stripe_session_id = o.stripe_session_id AND cs.status = 'open'
        WHERE o.id = ANY ($1::uuid[])
        ORDER BY o.created_at, o.id`,
      [orderIds],
    );
  }
}
