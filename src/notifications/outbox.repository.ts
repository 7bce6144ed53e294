import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ChannelName } from '../channels/channel.js';
import type { RecipientVerdict } from '../channels/channel.errors.js';
import { rowsOf } from '../database/transaction.js';
import { CLAIM } from './outbox-claim.sql.js';
import { FIRST_DELIVERY_CHECK_SECONDS } from './retry-policy.js';
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
  /** Its time was over, by the database's clock: it is dropped already and only to be reported. */
  readonly dropped: boolean;
  /** Why nothing is sent to this number on this channel any more; null: it may be tried. */
  readonly flag: RecipientVerdict | null;
  readonly createdAt: Date;
  /** When the lease ends by `performance.now()`, which no change of the clock moves. */
  readonly leaseEndsAt: number;
  /** A later message of the order, on another channel, may wait for this one. */
  readonly awaited: boolean;
  /** The last answers of the provider were failures; this message may tell that it is back. */
  readonly senderFailures: number;
  /** The one message that a paused channel sends to see whether its provider is back. */
  readonly probe: boolean;
}

export interface Claim {
  readonly messages: readonly ClaimedNotification[];
  /** Nothing could be claimed because of the rate limit, whether or not something is due. */
  readonly short: boolean;
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

export interface SettledNotification {
  readonly claimed: ClaimedNotification;
  readonly settlement: Settlement;
}

type ClaimRow = Omit<ClaimedNotification, 'id'> & { readonly id: string | null; short: boolean };

/** Longer than the slowest send, so that only a dead process loses its lease. */
const LEASE_SECONDS = 60;

@Injectable()
export class OutboxRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Takes what is due on a channel, oldest first, and what a dead process left behind; at most
   * `limit`, and no more than `perSecond` of all processes together allows (0: no limit). What is
   * past its time is dropped on the way, also while the channel rests.
   */
  async claim(channel: ChannelName, limit: number, perSecond: number): Promise<Claim> {
    // Counted from before the question: by then the database has not begun to count.
    const leaseEndsAt = performance.now() + LEASE_SECONDS * 1_000;
    const rows = await rowsOf<ClaimRow>(this.dataSource.manager, CLAIM, [
      channel,
      limit,
      perSecond,
      LEASE_SECONDS,
    ]);
    return {
      messages: rows
        .map((row) => ({ ...row, leaseEndsAt }))
        .filter((row): row is ClaimedNotification & ClaimRow => row.id !== null),
      short: rows[0]?.short ?? false,
    };
  }

  /**
   * Any number of attempts in one statement; answers the ids of those that were still ours. Fenced: a
   * row that another process has taken over since, or that a callback has settled, stays as it is.
   */
  async settle(settled: readonly SettledNotification[]): Promise<ReadonlySet<string>> {
    const rows = await rowsOf<{ id: string }>(
      this.dataSource.manager,
      `UPDATE notifications n
          SET status = s.status, provider_id = coalesce(s.provider_id, n.provider_id),
              error_code = s.error_code, ambiguous = s.ambiguous, lease_until = NULL,
              updated_at = now(), sent_at = CASE WHEN s.status = 'sent' THEN now() END,
              delivery_check_at = CASE WHEN s.status = 'sent' AND n.channel <> 'email'
                                       THEN now() + make_interval(secs => $8) END,
              available_at = CASE WHEN s.status = 'queued'
                                  THEN now() + make_interval(secs => s.retry_in_seconds)
                                  ELSE n.available_at END
         FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::boolean[],
                     $7::float8[])
              AS s (id, attempts, status, provider_id, error_code, ambiguous, retry_in_seconds)
        WHERE n.id = s.id AND n.attempts = s.attempts AND n.status = 'sending'
       RETURNING n.id`,
      [
        settled.map(({ claimed }) => claimed.id),
        settled.map(({ claimed }) => claimed.attempts),
        settled.map(({ settlement }) => settlement.status),
        settled.map(({ settlement: s }) => (s.status === 'sent' ? s.providerId : null)),
        settled.map(({ settlement: s }) => (s.status === 'sent' ? null : s.errorCode)),
        settled.map(({ settlement: s }) => s.status === 'queued' && s.ambiguous),
        settled.map(({ settlement: s }) => (s.status === 'queued' ? s.retryInSeconds : 0)),
        FIRST_DELIVERY_CHECK_SECONDS,
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Claimed and not begun: as if they had not been claimed, so that whoever is next may send them at
   * once. Fenced like a settlement; whoever gives a row back must not touch it any more.
   */
  async giveBack(messages: readonly ClaimedNotification[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE notifications n
          SET status = 'queued', attempts = n.attempts - 1, lease_until = NULL, updated_at = now()
         FROM unnest($1::bigint[], $2::int[]) AS held (id, attempts)
        WHERE n.id = held.id AND n.attempts = held.attempts AND n.status = 'sending'`,
      [messages.map(({ id }) => id), messages.map(({ attempts }) => attempts)],
    );
  }

  /** The provider's ids of the order's other messages on this channel: two of one kind may read alike. */
  async otherProviderIds({ id, orderId, channel }: ClaimedNotification): Promise<string[]> {
    const rows = await rowsOf<{ providerId: string }>(
      this.dataSource.manager,
      `SELECT provider_id AS "providerId" FROM notifications
        WHERE order_id = $1 AND channel = $2 AND id <> $3 AND provider_id IS NOT NULL`,
      [orderId, channel, id],
    );
    return rows.map(({ providerId }) => providerId);
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
}
