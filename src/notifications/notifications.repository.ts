import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import { cancelUnsent } from './cancel-unsent.sql.js';
import { enqueue } from './enqueue.sql.js';
import { Notification } from './notification.entity.js';
import type { NotificationParams } from './notification-params.js';
import type { NotificationView } from './notification.response.js';
import type { NotificationKind } from './templates/message-template.js';

/** A message to be sent, as another module's transaction decides it. */
export interface NewNotification {
  readonly orderId: string;
  readonly customerId: string;
  readonly kind: NotificationKind;
  /** Tells messages of one kind apart; the same order, kind and slot is sent once. */
  readonly slot?: string;
  readonly params: NotificationParams;
  /** After this instant (UTC) the message would be wrong and is dropped. */
  readonly notAfter?: Date | null;
}

/** A message is written with a change of its order, or soon after. */
const MARGIN_MS = 31 * 24 * 60 * 60 * 1_000;

const VIEW = `id, kind, slot, channel, status, delivery_status AS "deliveryStatus",
  error_code AS "errorCode", failed_provider_ids AS "failedProviderIds", created_at AS "createdAt",
  sent_at AS "sentAt"`;
/** Which channels carry which kind, as two arrays of one length for a statement. */
export interface ChannelPlan {
  readonly kinds: readonly NotificationKind[];
  readonly channels: readonly string[];
}

const INSERT = `${enqueue({
  messages: `unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[])
             WITH ORDINALITY AS m (order_id, customer_id, kind, slot, params, not_after, place)`,
  kinds: '$7',
  channels: '$8',
})} RETURNING id`;

const CANCEL = cancelUnsent({ orderId: '$1', kinds: '$2::text[]' });

@Injectable()
export class NotificationsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement for any number of messages and their channels. */
  async insert(
    manager: EntityManager,
    messages: readonly NewNotification[],
    plan: ChannelPlan,
  ): Promise<number> {
    const rows = await rowsOf<{ id: string }>(manager, INSERT, [
      messages.map(({ orderId }) => orderId),
      messages.map(({ customerId }) => customerId),
      messages.map(({ kind }) => kind),
      messages.map(({ slot }) => slot ?? ''),
      messages.map(({ params }) => JSON.stringify(params)),
      messages.map(({ notAfter }) => notAfter ?? null),
      plan.kinds,
      plan.channels,
    ]);
    return rows.length;
  }

  /** Those that have not left, or have not arrived as far as is known. */
  async cancelUnsent(
    manager: EntityManager,
    orderId: string,
    kinds: readonly NotificationKind[],
  ): Promise<void> {
    await manager.query(CANCEL, [orderId, kinds]);
  }

  async isQueued(
    manager: EntityManager,
    orderId: string,
    kind: NotificationKind,
  ): Promise<boolean> {
    return manager.existsBy(Notification, { orderId, kind, status: In(['queued', 'sending']) });
  }

  async countSlots(
    manager: EntityManager,
    orderId: string,
    kind: NotificationKind,
  ): Promise<number> {
    const [row] = await rowsOf<{ slots: number }>(
      manager,
      `SELECT count(DISTINCT slot)::int AS slots FROM notifications WHERE order_id = $1 AND kind = $2`,
      [orderId, kind],
    );
    return row!.slots;
  }

  /** One statement; of the archive it opens the months of the order's life and no others. */
  async listForOrder(
    orderId: string,
    { from, lastChangeAt }: { readonly from: Date; readonly lastChangeAt: Date },
  ): Promise<NotificationView[]> {
    return rowsOf<NotificationView>(
      this.dataSource.manager,
      `SELECT ${VIEW} FROM notifications WHERE order_id = $1
        UNION ALL
       SELECT ${VIEW} FROM archived_notifications
        WHERE order_id = $1 AND created_at >= $2 AND created_at < $3
        ORDER BY id`,
      [orderId, from, new Date(lastChangeAt.getTime() + MARGIN_MS)],
    );
  }
}
