import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rowsOf } from '../database/transaction.js';

/** What is known of a key: `claimed` when this request may go on with it. */
export interface KeyState {
  readonly claimed: boolean;
  readonly requestHash: string;
  readonly orderId: string | null;
  readonly running: boolean;
}

/** A request that died holds its key no longer than this. */
const LOCK_SECONDS = 60;

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement: takes a free key, or one whose owner died before it had an order; else tells its state. */
  async claim(key: string, requestHash: string): Promise<KeyState> {
    const [row] = await rowsOf<KeyState>(
      this.dataSource.manager,
      `WITH taken AS (
         INSERT INTO idempotency_keys AS k (key, request_hash, locked_until)
         VALUES ($1, $2, now() + make_interval(secs => $3))
         ON CONFLICT (key) DO UPDATE SET locked_until = excluded.locked_until
           WHERE k.request_hash = $2 AND k.order_id IS NULL AND k.locked_until < now()
         RETURNING request_hash, order_id
       )
       SELECT true AS claimed, request_hash AS "requestHash", order_id AS "orderId", false AS running
         FROM taken
       UNION ALL
       SELECT false, request_hash, order_id, locked_until > now()
         FROM idempotency_keys WHERE key = $1 AND NOT EXISTS (SELECT FROM taken)`,
      [key, requestHash, LOCK_SECONDS],
    );
    // The row was inserted by another request after this statement's snapshot: it is running right now.
    return row ?? { claimed: false, requestHash, orderId: null, running: true };
  }

  /** Whether the key is still there for an order. */
  async isFree(key: string): Promise<boolean> {
    const rows = await rowsOf(
      this.dataSource.manager,
      `SELECT FROM idempotency_keys WHERE key = $1 AND order_id IS NULL`,
      [key],
    );
    return rows.length > 0;
  }

  /** The request is over; a key without an order is free again, so a corrected order may use it. */
  async release(key: string): Promise<void> {
    await this.dataSource.query(
      `WITH unused AS (DELETE FROM idempotency_keys WHERE key = $1 AND order_id IS NULL)
       UPDATE idempotency_keys SET locked_until = now() WHERE key = $1 AND order_id IS NOT NULL`,
      [key],
    );
  }
}
