import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rowsOf } from '../database/transaction.js';

export interface OrdersByState {
  readonly status: string;
  readonly paymentStatus: string;
  readonly count: number;
}

export interface OutboxByChannel {
  readonly channel: string;
  readonly count: number;
  readonly oldestSeconds: number;
}

@Injectable()
export class MetricsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Exact, for those that wait or that money went back on or failed: read from the indexes that hold
   * just these. All the others are counted by nobody at each scrape: see `ordersEstimated`.
   */
  async ordersByState(): Promise<OrdersByState[]> {
    return rowsOf<OrdersByState>(
      this.dataSource.manager,
      `SELECT status, payment_status AS "paymentStatus", count(*)::int AS count
         FROM orders WHERE status = 'pending' GROUP BY 1, 2
        UNION ALL
       SELECT status, payment_status, count(*)::int
         FROM orders
        WHERE payment_status IN ('processing', 'failed', 'refunded', 'partially_refunded')
          AND status <> 'pending'
        GROUP BY 1, 2`,
    );
  }

  /** What PostgreSQL's own statistics say, as of its last ANALYZE; nothing before the first one. */
  async ordersEstimated(): Promise<{ status: string; count: number }[]> {
    return rowsOf(
      this.dataSource.manager,
      `SELECT common.status, round(c.reltuples * common.share)::float8 AS count
         FROM pg_class c
         JOIN pg_stats s ON s.schemaname = c.relnamespace::regnamespace::text
                        AND s.tablename = c.relname AND s.attname = 'status'
        CROSS JOIN unnest(s.most_common_vals::text::text[], s.most_common_freqs)
                   AS common (status, share)
        WHERE c.oid = 'orders'::regclass AND c.reltuples > 0`,
    );
  }

  async outbox(): Promise<OutboxByChannel[]> {
    return rowsOf<OutboxByChannel>(
      this.dataSource.manager,
      `SELECT channel, count(*)::int AS count,
              greatest(0, extract(epoch FROM now() - min(available_at)))::float AS "oldestSeconds"
         FROM notifications WHERE status IN ('queued', 'sending') GROUP BY channel`,
    );
  }

  async channelRests(): Promise<{ channel: string; seconds: number }[]> {
    return rowsOf(
      this.dataSource.manager,
      `SELECT channel, greatest(0, coalesce(extract(epoch FROM paused_until - now()), 0))::float
              AS seconds
         FROM channel_senders`,
    );
  }

  async unreachableNumbers(): Promise<{ channel: string; reason: string; count: number }[]> {
    return rowsOf(
      this.dataSource.manager,
      `SELECT channel, reason, count(*)::int AS count FROM unreachable_numbers GROUP BY 1, 2`,
    );
  }

  async openReviews(): Promise<number> {
    const [row] = await rowsOf<{ count: number }>(
      this.dataSource.manager,
      `SELECT count(*)::int AS count FROM payment_reviews WHERE resolved_at IS NULL`,
    );
    return row!.count;
  }
}
