import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import type { NotificationKind } from '../notifications/templates/message-template.js';
import type { CheckoutSessionParams, CheckoutSessionState } from '../stripe/checkout.gateway.js';
import { INTENT, LEASE_SECONDS, writeIntent } from './checkout-intent.sql.js';
import { sessionCreated } from './checkout-opening.sql.js';
import type { CheckoutSessionStatus } from './checkout-session.entity.js';
import type { PayableOrder } from './checkout-session-params.js';
import { endSession, retireSessions, SEARCH_AT } from './checkout-sessions.sql.js';

/** A session to be created at Stripe: everything the call needs, as it is stored. */
export interface CheckoutIntent {
  readonly id: string;
  readonly orderId: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly params: CheckoutSessionParams;
  readonly announcement: NotificationKind | null;
  readonly calls: number;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly lastError: string | null;
}

/** What the call and its answer need of it. */
export type CalledIntent = Omit<CheckoutIntent, 'expiresAt' | 'createdAt' | 'lastError'>;

export interface NewIntent {
  readonly orderId: string;
  readonly attempt: number;
  readonly params: CheckoutSessionParams;
  readonly expiresAt: Date;
  readonly announcement: NotificationKind | null;
  /** The writer calls Stripe itself, right after the commit: the tick leaves the row alone meanwhile. */
  readonly leased: boolean;
}

/** A session that must be ended at Stripe. */
export interface ClosingSession {
  readonly id: string;
  readonly orderId: string;
  readonly stripeSessionId: string;
  readonly closeReason: string | null;
  readonly calls: number;
}

export interface StoredSession {
  readonly id: string;
  readonly status: CheckoutSessionStatus;
  readonly attempt: number;
  readonly stripeSessionId: string | null;
  readonly url: string | null;
  readonly expiresAt: Date;
  readonly closeReason: string | null;
  /** By the database's clock. */
  readonly expired: boolean;
}

const END = endSession({ stripeSessionId: '$1', status: '$2', owed: '$3' });
const RETIRE = `${retireSessions({ orderId: '$1', reason: '$2' })} RETURNING id`;

const WRITE_INTENT = writeIntent({
  orderId: '$1::uuid',
  attempt: '$2::smallint',
  params: '$3::jsonb',
  expiresAt: '$4::timestamptz',
  announcement: '$5::text',
  leased: '$6::boolean',
});

const CREATED_UNWANTED = sessionCreated({
  intentId: '$1',
  stripeSessionId: '$2',
  url: '$3',
  expiresAt: '$4',
  wanted: 'false',
});

@Injectable()
export class CheckoutSessionsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** So many minutes from now, by the clock that all instances share: one that is off asks for nothing that Stripe refuses. */
  async instantIn(manager: EntityManager, minutes: number): Promise<Date> {
    const [row] = await rowsOf<{ instant: Date }>(
      manager,
      `SELECT now() + make_interval(mins => $1) AS instant`,
      [minutes],
    );
    return row!.instant;
  }

  /** The intent, before the call. */
  async insertIntent(manager: EntityManager, intent: NewIntent): Promise<CheckoutIntent> {
    const [row] = await rowsOf<CheckoutIntent>(manager, WRITE_INTENT, [
      intent.orderId,
      intent.attempt,
      JSON.stringify(intent.params),
      intent.expiresAt,
      intent.announcement,
      intent.leased,
    ]);
    return row!;
  }

  /** Latest attempt first. */
  async findByOrder(manager: EntityManager, orderId: string): Promise<StoredSession[]> {
    return rowsOf<StoredSession>(
      manager,
      `SELECT id, status, attempt, stripe_session_id AS "stripeSessionId", url,
              expires_at AS "expiresAt", close_reason AS "closeReason",
              expires_at <= now() AS expired
         FROM checkout_sessions WHERE order_id = $1 ORDER BY attempt DESC`,
      [orderId],
    );
  }

  /** The order's session that Stripe has not answered yet. */
  async findIntent(manager: EntityManager, orderId: string): Promise<CheckoutIntent | null> {
    const [row] = await rowsOf<CheckoutIntent>(
      manager,
      `SELECT ${INTENT} FROM checkout_sessions WHERE order_id = $1 AND status = 'creating'`,
      [orderId],
    );
    return row ?? null;
  }

  /** False: it is no longer waiting for its answer. */
  async abandonIntent(manager: EntityManager, id: string): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `UPDATE checkout_sessions
          SET status = 'abandoned', next_check_at = ${SEARCH_AT}, updated_at = now()
        WHERE id = $1 AND status = 'creating' AND stripe_session_id IS NULL RETURNING id`,
      [id],
    );
    return rows.length > 0;
  }

  async findPayableOrder(manager: EntityManager, orderId: string): Promise<PayableOrder> {
    const [row] = await rowsOf<PayableOrder>(
      manager,
      `SELECT o.id, o.order_number AS "orderNumber", o.customer_id AS "customerId", o.currency,
              (SELECT json_agg(json_build_object('brand', i.brand, 'model', i.model,
                                                 'quantity', i.quantity, 'unitAmount', i.unit_amount)
                               ORDER BY i.position)
                 FROM order_items i WHERE i.order_id = o.id) AS items
         FROM orders o WHERE o.id = $1`,
      [orderId],
    );
    return row!;
  }

  /** Stripe's answer to an intent that was given up: the session is closed next. */
  async markUnwanted(
    manager: EntityManager,
    intentId: string,
    state: CheckoutSessionState,
  ): Promise<void> {
    await manager.query(CREATED_UNWANTED, [intentId, state.id, state.url, state.expiresAt]);
  }

  /**
   * An event named a session whose create call has not answered yet: the intent that asked for just
   * this expiry learns its id now. An earlier attempt's session, given up since, is not taken for it.
   */
  async adopt(
    manager: EntityManager,
    orderId: string,
    stripeSessionId: string,
    expiresAt: number,
  ): Promise<void> {
    await manager.query(
      `UPDATE checkout_sessions SET stripe_session_id = $2, updated_at = now()
        WHERE order_id = $1 AND status = 'creating' AND stripe_session_id IS NULL
          AND (params ->> 'expires_at')::bigint = $3`,
      [orderId, stripeSessionId, expiresAt],
    );
  }

  /**
   * A completed session stays complete, whatever is told of it later. `owed`: its money has only been
   * promised, so Stripe is asked again later.
   */
  async markEnded(
    manager: EntityManager,
    stripeSessionId: string,
    status: 'complete' | 'expired',
    owed = false,
  ): Promise<void> {
    await manager.query(END, [stripeSessionId, status, owed]);
  }

  /**
   * Ends what the order no longer needs: open sessions are closed at Stripe next, intents are dropped.
   * The reason is the one for which the order ends with them; null when it does not. Answers how many.
   */
  async retire(manager: EntityManager, orderId: string, reason: string | null): Promise<number> {
    const rows = await rowsOf(manager, RETIRE, [orderId, reason]);
    return rows.length;
  }

  async postpone(id: string, error: string, seconds: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE checkout_sessions
          SET last_error = $2, next_attempt_at = now() + make_interval(secs => $3), updated_at = now()
        WHERE id = $1 AND status IN ('creating', 'closing')`,
      [id, error, seconds],
    );
  }

  async claimIntents(limit: number): Promise<CheckoutIntent[]> {
    return this.claim<CheckoutIntent>('creating', limit, INTENT);
  }

  async claimClosing(limit: number): Promise<ClosingSession[]> {
    return this.claim<ClosingSession>(
      'closing',
      limit,
      `id, order_id AS "orderId", stripe_session_id AS "stripeSessionId",
       close_reason AS "closeReason", calls`,
    );
  }

  /** The status is part of the text: only then does a plan for all parameters know the index of due rows. */
  private async claim<Row>(
    status: 'creating' | 'closing',
    limit: number,
    columns: string,
  ): Promise<Row[]> {
    return rowsOf<Row>(
      this.dataSource.manager,
      `UPDATE checkout_sessions
          SET calls = calls + 1, next_attempt_at = now() + make_interval(secs => $2)
        WHERE id IN (SELECT id FROM checkout_sessions
                      WHERE status = '${status}' AND next_attempt_at <= now()
                      ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING ${columns}`,
      [limit, LEASE_SECONDS],
    );
  }
}
