import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ALL_CHANNELS, type Channel } from '../channels/channel.js';
import { CHANNEL_PLAN, PAYMENT_REQUESTS, PICKUP_INVITATIONS } from './channel-plan.js';
import type { NotificationView } from './notification.response.js';
import {
  type ChannelPlan,
  type NewNotification,
  NotificationsRepository,
} from './notifications.repository.js';
import { OutboxSignal } from './outbox-signal.js';
import type { NotificationKind } from './templates/message-template.js';

export type { ChannelPlan, NewNotification } from './notifications.repository.js';

/** The outbox, seen from the modules that have something to say: rows only, nothing is sent here. */
@Injectable()
export class NotificationsService {
  /** The channels in use, for statements that write messages themselves (`enqueue.sql.ts`). */
  readonly plan: ChannelPlan;

  constructor(
    private readonly notifications: NotificationsRepository,
    private readonly signal: OutboxSignal,
    @Inject(ALL_CHANNELS) channels: readonly Channel[],
  ) {
    const enabled = new Set(channels.filter((channel) => channel.enabled).map(({ name }) => name));
    const plan = Object.entries(CHANNEL_PLAN).flatMap(([kind, names]) =>
      names
        .filter((name) => enabled.has(name))
        .map((name) => [kind as NotificationKind, name] as const),
    );
    this.plan = { kinds: plan.map(([kind]) => kind), channels: plan.map(([, name]) => name) };
  }

  /** The part of the plan that is about these messages, in the order in which they leave. */
  planOf(kinds: readonly NotificationKind[]): ChannelPlan {
    const rows = kinds.flatMap((kind) =>
      this.plan.channels
        .filter((_, index) => this.plan.kinds[index] === kind)
        .map((channel) => ({ kind, channel })),
    );
    return { kinds: rows.map(({ kind }) => kind), channels: rows.map(({ channel }) => channel) };
  }

  /** Call inside a transaction. Idempotent per order, kind, slot and channel; answers the rows written. */
  async enqueue(manager: EntityManager, messages: readonly NewNotification[]): Promise<number> {
    if (messages.length === 0) return 0;
    return this.notifications.insert(manager, messages, this.plan);
  }

  /** Call inside the transaction that ends the order's wait for money: no request for it leaves any more. */
  async cancelPaymentRequests(manager: EntityManager, orderId: string): Promise<void> {
    await this.notifications.cancelUnsent(manager, orderId, PAYMENT_REQUESTS);
  }

  /** Call inside the transaction that ends or suspends the right to collect: no invitation leaves any more. */
  async cancelPickupInvitations(manager: EntityManager, orderId: string): Promise<void> {
    await this.notifications.cancelUnsent(manager, orderId, PICKUP_INVITATIONS);
  }

  /** Whether a message of this kind still waits to leave. */
  async isQueued(
    manager: EntityManager,
    orderId: string,
    kind: NotificationKind,
  ): Promise<boolean> {
    return this.notifications.isQueued(manager, orderId, kind);
  }

  /** How many messages of this kind the order has had or will have, on any channel. */
  async countSlots(
    manager: EntityManager,
    orderId: string,
    kind: NotificationKind,
  ): Promise<number> {
    return this.notifications.countSlots(manager, orderId, kind);
  }

  /** Call after the commit: the dispatcher of this process looks at once instead of at its next poll. */
  announce(): void {
    this.signal.raise();
  }

  /** Oldest first, those of the archive too; they were written between the order's placing and its last change. */
  async listForOrder(
    orderId: string,
    span: { readonly from: Date; readonly lastChangeAt: Date },
  ): Promise<NotificationView[]> {
    return this.notifications.listForOrder(orderId, span);
  }
}
