import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import type { OrderStatus } from './order-status.js';

/** A session of ours that Stripe is to be asked about. */
export interface DueCheck {
  readonly id: string;
  readonly orderId: string;
  readonly stripeSessionId: string;
  readonly orderStatus: OrderStatus;
}

/** A given-up intent that Stripe may have made a session of. */
export interface DueSearch {
  readonly id: string;
  readonly orderId: string;
  /** Epoch seconds, as asked for. */
  readonly expiresAt: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * The pause before the next look: as long as the session is old, from five minutes to an hour, so that
 * most looks go to young sessions; and one just after the expiry, when the order may have to end.
 */
const NEXT_LOOK = `
  CASE WHEN cs.status = 'open' AND cs.expires_at > now()
       THEN least(now() + least(interval '1 hour', greatest(interval '5 minutes', now() - cs.created_at)),
                  cs.expires_at + interval '1 minute')
       WHEN cs.status = 'complete' THEN now() + interval '1 hour'
       ELSE now() + interval '5 minutes' END`;

@Injectable()
export class CheckoutChecksRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Takes the longest due first; whoever claims a row keeps others off it until its next look. */
  async claimSessions(limit: number): Promise<DueCheck[]> {
    return this.claim<DueCheck>(
      `cs.stripe_session_id IS NOT NULL`,
      limit,
      `cs.id, cs.order_id AS "orderId", cs.stripe_session_id AS "stripeSessionId",
       (SELECT o.status FROM orders o WHERE o.id = cs.order_id) AS "orderStatus"`,
    );
  }

  async claimLost(limit: number): Promise<DueSearch[]> {
    return this.claim<DueSearch>(
      `cs.status = 'abandoned' AND cs.stripe_session_id IS NULL`,
      limit,
      `cs.id, cs.order_id AS "orderId", (cs.params ->> 'expires_at')::float8 AS "expiresAt",
       cs.created_at AS "createdAt", cs.updated_at AS "updatedAt"`,
    );
  }

  /** What a claimed row was claimed for could not be done. */
  async retryIn(seconds: number, ids: readonly string[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE checkout_sessions
          SET next_check_at = least(next_check_at, now() + make_interval(secs => $1))
        WHERE id = ANY($2) AND next_check_at IS NOT NULL`,
      [seconds, ids],
    );
  }

  /** The payment behind a session must be settled, and its own event may never come. */
  async lookAtOnce(stripeSessionId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE checkout_sessions
          SET next_check_at = now(), next_attempt_at = now() + interval '5 minutes'
        WHERE stripe_session_id = $1`,
      [stripeSessionId],
    );
  }

  /** Stripe has made nothing of it. */
  async closeSearch(manager: EntityManager, id: string): Promise<void> {
    await manager.query(`UPDATE checkout_sessions SET next_check_at = NULL WHERE id = $1`, [id]);
  }

  private async claim<Row>(condition: string, limit: number, columns: string): Promise<Row[]> {
    return rowsOf<Row>(
      this.dataSource.manager,
      `UPDATE checkout_sessions cs SET next_check_at = ${NEXT_LOOK}
        WHERE cs.id IN (SELECT cs.id FROM checkout_sessions cs
                         WHERE cs.next_check_at <= now() AND ${condition}
                         ORDER BY cs.next_check_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING ${columns}`,
      [limit],
    );
  }
}
