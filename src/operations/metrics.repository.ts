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

  async ordersByState(): Promise<OrdersByState[]> {
    return rowsOf<OrdersByState>(
      this.dataSource.manager,
      `SELECT status, payment_status AS "paymentStatus", count(*)::int AS count
         FROM orders GROUP BY status, payment_status`,
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
