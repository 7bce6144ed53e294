import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
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

@Injectable()
export class NotificationsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * One statement for any number of messages and their channels. An e-mail row is only written for a
   * customer who has an address; rows that are there already stay as they are.
   */
  async insert(
    manager: EntityManager,
    messages: readonly NewNotification[],
    plan: readonly (readonly [NotificationKind, string])[],
  ): Promise<number> {
    const rows = await rowsOf<{ id: string }>(
      manager,
      `INSERT INTO notifications (order_id, customer_id, kind, slot, channel, params, not_after)
       SELECT m.order_id, m.customer_id, m.kind, m.slot, plan.channel, m.params, m.not_after
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[])
              WITH ORDINALITY AS m (order_id, customer_id, kind, slot, params, not_after, place)
         JOIN unnest($7::text[], $8::text[])
              WITH ORDINALITY AS plan (kind, channel, place) ON plan.kind = m.kind
         JOIN customers c ON c.id = m.customer_id
        WHERE plan.channel <> 'email' OR c.email IS NOT NULL
        ORDER BY m.place, plan.place
       ON CONFLICT (order_id, kind, slot, channel) DO NOTHING
       RETURNING id`,
      [
        messages.map(({ orderId }) => orderId),
        messages.map(({ customerId }) => customerId),
        messages.map(({ kind }) => kind),
        messages.map(({ slot }) => slot ?? ''),
        messages.map(({ params }) => JSON.stringify(params)),
        messages.map(({ notAfter }) => notAfter ?? null),
        plan.map(([kind]) => kind),
        plan.map(([, channel]) => channel),
      ],
    );
    return rows.length;
  }

  /**
   * A row that is being sent cannot be called back, but should that attempt fail it is the last; one
   * that was sent and is not known to have arrived is not sent once more.
   */
  async cancelUnsent(
    manager: EntityManager,
    orderId: string,
    kinds: readonly NotificationKind[],
  ): Promise<void> {
    await manager.query(
      `UPDATE notifications
          SET status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END,
              not_after = now(), updated_at = now()
        WHERE order_id = $1 AND kind = ANY ($2::text[])
          AND (status IN ('queued', 'sending')
               OR (status = 'sent' AND channel <> 'email'
                   AND coalesce(delivery_status, '') NOT IN ('delivered', 'read')))`,
      [orderId, kinds],
    );
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
