import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ChannelName } from '../channels/channel.js';
import { rowsOf } from '../database/transaction.js';
import { DELIVERY_RANK, isFinalStatus, isReceivedStatus } from './delivery-status.js';
import {
  FIRST_DELIVERY_CHECK_SECONDS,
  LATER_DELIVERY_CHECK_SECONDS,
  REDELIVERY_SECONDS,
} from './retry-policy.js';

/** The provider's word on one message. */
export interface DeliveryReport {
  readonly notificationId: string;
  readonly providerId: string;
  /** One of `DELIVERY_RANK`. */
  readonly status: string;
  readonly errorCode: string | null;
}

/** A message of which the provider has said nothing final. */
export interface UnheardMessage {
  readonly id: string;
  readonly channel: ChannelName;
  readonly providerId: string;
}

@Injectable()
export class DeliveryReportsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Only ever moves forward; answers the channel when it told something new, else null. Whatever had
   * become of the row here, also given up as uncertain: Twilio took it, so it was sent. A message that
   * is being sent once more hears nothing of the one before, but that it arrived after all.
   */
  async record(manager: EntityManager, report: DeliveryReport): Promise<ChannelName | null> {
    const { notificationId, providerId, status, errorCode } = report;
    const [row] = await rowsOf<{ channel: ChannelName }>(
      manager,
      `UPDATE notifications
          SET delivery_status = $3, error_code = $4, updated_at = now(), provider_id = $2,
              sent_at = coalesce(sent_at, now()), lease_until = NULL, ambiguous = false,
              status = 'sent',
              delivery_check_at = CASE WHEN NOT $6::boolean THEN
                coalesce(delivery_check_at, now() + make_interval(secs => $8)) END
        WHERE id = $1 AND channel IN ('whatsapp', 'sms')
          AND coalesce(provider_id, $2) = $2
          AND ($2 <> ALL (failed_provider_ids) OR (status = 'queued' AND $7))
          AND ($5::jsonb ->> $3)::int > coalesce(($5::jsonb ->> delivery_status)::int, -1)
       RETURNING channel`,
      [
        notificationId,
        providerId,
        status,
        errorCode,
        JSON.stringify(DELIVERY_RANK),
        isFinalStatus(status),
        isReceivedStatus(status),
        FIRST_DELIVERY_CHECK_SECONDS,
      ],
    );
    return row?.channel ?? null;
  }

  /**
   * Puts a message that was taken and not delivered back into the queue: a bounded number of times,
   * after a pause, and not past its time. True when it waits again.
   */
  async sendAgain(manager: EntityManager, notificationId: string): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `UPDATE notifications
          SET status = 'queued', ambiguous = false, sent_at = NULL,
              failed_provider_ids = failed_provider_ids || provider_id, provider_id = NULL,
              delivery_check_at = NULL, delivery_checks = 0, updated_at = now(),
              available_at = now() + make_interval(
                secs => ($2::float8[])[cardinality(failed_provider_ids) + 1])
        WHERE id = $1 AND status = 'sent' AND cardinality(failed_provider_ids) < cardinality($2::float8[])
          AND (not_after IS NULL OR not_after > now())
       RETURNING id`,
      [notificationId, REDELIVERY_SECONDS],
    );
    return rows.length > 0;
  }

  /**
   * Takes messages of which nothing final was heard for long, and sets when each is asked for next:
   * that is also what keeps the other instances from it. After a day nobody asks any more.
   */
  async claimUnheard(limit: number): Promise<UnheardMessage[]> {
    return rowsOf<UnheardMessage>(
      this.dataSource.manager,
      `UPDATE notifications n
          SET delivery_checks = n.delivery_checks + 1,
              delivery_check_at = now() + make_interval(secs => ($2::float8[])[n.delivery_checks + 1])
         FROM (SELECT id FROM notifications
                WHERE delivery_check_at <= now()
                ORDER BY delivery_check_at
                LIMIT $1
                  FOR UPDATE SKIP LOCKED) AS due
        WHERE n.id = due.id
       RETURNING n.id, n.channel, n.provider_id AS "providerId"`,
      [limit, LATER_DELIVERY_CHECK_SECONDS],
    );
  }
}
