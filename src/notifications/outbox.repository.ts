import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ChannelName } from '../channels/channel.js';
import { rowsOf } from '../database/transaction.js';
import type { NotificationParams } from './notification-params.js';
import type { NotificationKind } from './templates/message-template.js';

/** A row that this process holds until its lease ends; `attempts` is the fence of its settlement. */
export interface ClaimedNotification {
  readonly id: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly kind: NotificationKind;
  readonly channel: ChannelName;
  readonly params: NotificationParams;
  readonly attempts: number;
  /** An earlier attempt may have left: look before sending again. */
  readonly ambiguous: boolean;
  /** Its time is over, by the database's clock. */
  readonly stale: boolean;
  readonly createdAt: Date;
  /** When the lease ends by `performance.now()`, which no change of the clock moves. */
  readonly leaseEndsAt: number;
}

/** How an attempt ended; `retryInSeconds` puts the row back in the queue. */
export type Settlement =
  | { readonly status: 'sent'; readonly providerId: string }
  | { readonly status: 'failed' | 'dropped'; readonly errorCode: string }
  | {
      readonly status: 'queued';
      readonly errorCode: string;
      readonly ambiguous: boolean;
      readonly retryInSeconds: number;
    };

/** Longer than the slowest send, so that only a dead process loses its lease. */
const LEASE_SECONDS = 60;

@Injectable()
export class OutboxRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Takes what is due, oldest first, and what a dead process left behind. Messages of one order keep
   * their order: a row waits for an earlier one that is being sent, has never been tried, or waits
   * for a retry on the same channel.
   */
  async claim(limit: number): Promise<ClaimedNotification[]> {
    // Counted from before the question: by then the database has not begun to count.
    const leaseEndsAt = performance.now() + LEASE_SECONDS * 1_000;
    const claimed = await rowsOf<Omit<ClaimedNotification, 'leaseEndsAt'>>(
      this.dataSource.manager,
      `UPDATE notifications n
          SET status = 'sending', attempts = n.attempts + 1, updated_at = now(),
              ambiguous = n.ambiguous OR n.status = 'sending',
              lease_until = now() + make_interval(secs => $2)
         FROM (SELECT due.id
                 FROM notifications due
                WHERE due.status IN ('queued', 'sending') AND due.available_at <= now()
                  AND (due.status = 'queued' OR due.lease_until < now())
                  AND NOT EXISTS (
                    SELECT FROM notifications earlier
                     WHERE earlier.order_id = due.order_id AND earlier.id < due.id
                       AND earlier.status IN ('queued', 'sending')
                       AND (earlier.status = 'sending' OR earlier.attempts = 0
                            OR earlier.channel = due.channel))
                ORDER BY due.available_at, due.id
                LIMIT $1
                  FOR UPDATE OF due SKIP LOCKED) AS chosen
        WHERE n.id = chosen.id
       RETURNING n.id, n.order_id AS "orderId", n.customer_id AS "customerId", n.kind, n.channel,
                 n.params, n.attempts, n.ambiguous, n.created_at AS "createdAt",
                 coalesce(n.not_after < now(), false) AS stale`,
      [limit, LEASE_SECONDS],
    );
    return claimed.map((row) => ({ ...row, leaseEndsAt }));
  }

  /** Fenced: does nothing (false) when another process has taken the row over since. */
  async settle(claimed: ClaimedNotification, settlement: Settlement): Promise<boolean> {
    const queued = settlement.status === 'queued';
    const rows = await rowsOf(
      this.dataSource.manager,
      `UPDATE notifications
          SET status = $3, provider_id = coalesce($4, provider_id), error_code = $5,
              ambiguous = $6, lease_until = NULL, updated_at = now(),
              sent_at = CASE WHEN $3 = 'sent' THEN now() END,
              available_at = CASE WHEN $3 = 'queued' THEN now() + make_interval(secs => $7)
                                  ELSE available_at END
        WHERE id = $1 AND attempts = $2 AND status = 'sending'
       RETURNING id`,
      [
        claimed.id,
        claimed.attempts,
        settlement.status,
        settlement.status === 'sent' ? settlement.providerId : null,
        settlement.status === 'sent' ? null : settlement.errorCode,
        queued && settlement.ambiguous,
        queued ? settlement.retryInSeconds : 0,
      ],
    );
    return rows.length > 0;
  }

  /** Whether this message of the order has left by e-mail. */
  async leftByEmail(orderId: string, kind: NotificationKind): Promise<boolean> {
    const rows = await rowsOf(
      this.dataSource.manager,
      `SELECT FROM notifications
        WHERE order_id = $1 AND kind = $2 AND channel = 'email' AND status = 'sent'`,
      [orderId, kind],
    );
    return rows.length > 0;
  }

  /**
   * Twilio's word on a message; only ever moves forward. True when it told something new. Whatever
   * had become of the row here, also given up as uncertain: Twilio took it, so it was sent.
   */
  async recordDelivery(delivery: {
    notificationId: string;
    providerId: string;
    status: string;
    errorCode: string | null;
    rankOf: Readonly<Record<string, number>>;
  }): Promise<boolean> {
    const rows = await rowsOf(
      this.dataSource.manager,
      `UPDATE notifications
          SET delivery_status = $3, error_code = $4, updated_at = now(),
              provider_id = coalesce(provider_id, $2),
              sent_at = coalesce(sent_at, now()), lease_until = NULL, ambiguous = false,
              status = 'sent'
        WHERE id = $1 AND channel IN ('whatsapp', 'sms')
          AND coalesce(provider_id, $2) = $2
          AND ($5::jsonb ->> $3)::int > coalesce(($5::jsonb ->> delivery_status)::int, -1)
       RETURNING id`,
      [
        delivery.notificationId,
        delivery.providerId,
        delivery.status,
        delivery.errorCode,
        JSON.stringify(delivery.rankOf),
      ],
    );
    return rows.length > 0;
  }
}
