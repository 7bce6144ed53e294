import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type NewNotification,
  NotificationsService,
} from '../notifications/notifications.service.js';
import type { MovedMoney, NotificationKind } from '../notifications/templates/message-template.js';
import { OrderFactsRepository } from './order-facts.repository.js';

export interface OrderMessage {
  readonly orderId: string;
  readonly slot?: string;
  /** Minor units. */
  readonly moved?: MovedMoney;
}

/** Messages that become wrong when the payment link ends. */
const UNTIL_LINK_ENDS: ReadonlySet<NotificationKind> = new Set([
  'order_confirmation',
  'payment_reminder',
  'payment_failed',
]);

export const endsWithLink = (kind: NotificationKind): boolean => UNTIL_LINK_ENDS.has(kind);

/** Writes an order's messages into the outbox, with the order's facts as they are in this transaction. */
@Injectable()
export class OrderMessagesService {
  constructor(
    private readonly facts: OrderFactsRepository,
    private readonly notifications: NotificationsService,
  ) {}

  /** Call inside a transaction, after the order's own changes. Two statements for any number of orders. */
  async enqueue(
    manager: EntityManager,
    kinds: readonly NotificationKind[],
    messages: readonly OrderMessage[],
  ): Promise<void> {
    const byOrder = new Map(messages.map((message) => [message.orderId, message]));
    const orders = await this.facts.find(manager, [...byOrder.keys()]);
    const rows = orders.flatMap((order) => {
      const { slot = '', moved } = byOrder.get(order.id) ?? {};
      return kinds.map((kind): NewNotification => ({
        orderId: order.id,
        customerId: order.customerId,
        kind,
        slot,
        params: moved ? { ...order.params, moved } : order.params,
        notAfter: endsWithLink(kind) ? order.paymentExpiresAt : null,
      }));
    });
    await this.notifications.enqueue(manager, rows);
  }
}
