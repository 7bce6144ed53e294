import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import type { RefundStatus } from './refund-status.js';
import { Refund } from './refund.entity.js';

/** A refund to be made at Stripe: everything the call needs, as it is stored. */
export interface RefundIntent {
  readonly id: string;
  readonly orderId: string;
  readonly paymentIntentId: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly idempotencyKey: string;
  readonly calls: number;
  /** Stripe may have forgotten its key: calling again could give the money back twice. */
  readonly tooOld: boolean;
}

export interface NewRefund {
  readonly orderId: string;
  readonly paymentIntentId: string;
  readonly amount: number;
  readonly currency: string;
  readonly clientKey: string | null;
  readonly clientRequestHash: string | null;
}

/** Stripe's answer, or why there will be none. */
export interface RefundEnd {
  readonly status: Exclude<RefundStatus, 'creating'>;
  readonly stripeRefundId: string | null;
  readonly error: string | null;
}

/** How long whoever calls Stripe holds a row: longer than the gateway's own deadline. */
const LEASE_SECONDS = 30;

/** Stripe keeps the answer to a key for at least 24 hours (docs.stripe.com/api/idempotent_requests). */
const KEY_LIFE = `interval '23 hours'`;

const INTENT = `id, order_id AS "orderId", stripe_payment_intent_id AS "paymentIntentId", amount,
  currency, idempotency_key AS "idempotencyKey", calls, created_at < now() - ${KEY_LIFE} AS "tooOld"`;

@Injectable()
export class RefundsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The intent, before the call; the writer calls Stripe itself, so the tick leaves the row alone
   * meanwhile. The key counts the refunds of its payment. Null: the caller's own key is taken.
   */
  async insertIntent(manager: EntityManager, refund: NewRefund): Promise<RefundIntent | null> {
    const [row] = await rowsOf<RefundIntent>(
      manager,
      `INSERT INTO refunds (order_id, stripe_payment_intent_id, amount, currency, client_key,
                            client_request_hash, calls, next_attempt_at, idempotency_key)
       SELECT $1, $2::text, $3, $4, $5, $6, 1, now() + make_interval(secs => $7),
              'refund:' || $2::text || CASE count(*) WHEN 0 THEN '' ELSE ':' || count(*) + 1 END
         FROM refunds WHERE stripe_payment_intent_id = $2::text
       ON CONFLICT (client_key) DO NOTHING
       RETURNING ${INTENT}`,
      [
        refund.orderId,
        refund.paymentIntentId,
        refund.amount,
        refund.currency,
        refund.clientKey,
        refund.clientRequestHash,
        LEASE_SECONDS,
      ],
    );
    return row ?? null;
  }

  async findByClientKey(manager: EntityManager, clientKey: string): Promise<Refund | null> {
    return manager.findOneBy(Refund, { clientKey });
  }

  async findByStripeId(manager: EntityManager, stripeRefundId: string): Promise<Refund | null> {
    return manager.findOneBy(Refund, { stripeRefundId });
  }

  /** Whether Stripe still owes an answer for this payment. */
  async isInFlight(manager: EntityManager, stripePaymentIntentId: string): Promise<boolean> {
    return manager.existsBy(Refund, { stripePaymentIntentId, status: 'creating' });
  }

  async find(orderId: string, id: string): Promise<Refund | null> {
    const refund = await this.dataSource.manager.findOneBy(Refund, { id, orderId });
    return refund ?? (await this.listArchived(orderId)).find((one) => one.id === id) ?? null;
  }

  /** Newest first. */
  async list(orderId: string): Promise<Refund[]> {
    const refunds = await this.dataSource.manager.find(Refund, {
      where: { orderId },
      order: { createdAt: 'DESC', idempotencyKey: 'DESC' },
    });
    return refunds.length > 0 ? refunds : this.listArchived(orderId);
  }

  /** Of an order that was archived with them; one look tells the partition, the other opens it. */
  private async listArchived(orderId: string): Promise<Refund[]> {
    const { manager } = this.dataSource;
    const [known] = await rowsOf<{ createdAt: string }>(
      manager,
      `SELECT created_at::text AS "createdAt" FROM archived_order_names
        WHERE name = $1::text AND order_id = $1::uuid`,
      [orderId],
    );
    if (!known) return [];
    return rowsOf<Refund>(
      manager,
      `SELECT r.id, r.order_id AS "orderId", r.stripe_payment_intent_id AS "stripePaymentIntentId",
              r.amount, r.currency, r.status, r.stripe_refund_id AS "stripeRefundId",
              r.last_error AS "lastError", r.created_at AS "createdAt", r.updated_at AS "updatedAt"
         FROM archived_orders a,
              jsonb_populate_recordset(NULL::refunds, a.records -> 'refunds') AS r
        WHERE a.id = $1 AND a.created_at = $2::timestamptz
        ORDER BY r.created_at DESC, r.idempotency_key DESC`,
      [orderId, known.createdAt],
    );
  }

  /** False: another process has the answer already. */
  async end(manager: EntityManager, id: string, end: RefundEnd): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `UPDATE refunds
          SET status = $2, stripe_refund_id = coalesce($3, stripe_refund_id), last_error = $4,
              updated_at = now()
        WHERE id = $1 AND status = 'creating' RETURNING id`,
      [id, end.status, end.stripeRefundId, end.error],
    );
    return rows.length > 0;
  }

  /** The bank's word on a refund that Stripe had taken. False: it was known. */
  async change(
    manager: EntityManager,
    stripeRefundId: string,
    status: 'succeeded' | 'failed',
    error: string | null,
  ): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `UPDATE refunds SET status = $2, last_error = $3, updated_at = now()
        WHERE stripe_refund_id = $1 AND (status = 'pending' OR (status = 'succeeded' AND $2 = 'failed'))
       RETURNING id`,
      [stripeRefundId, status, error],
    );
    return rows.length > 0;
  }

  async postpone(id: string, error: string, seconds: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE refunds
          SET last_error = $2, next_attempt_at = now() + make_interval(secs => $3), updated_at = now()
        WHERE id = $1 AND status = 'creating'`,
      [id, error, seconds],
    );
  }

  async claimDue(limit: number): Promise<RefundIntent[]> {
    return rowsOf<RefundIntent>(
      this.dataSource.manager,
      `UPDATE refunds
          SET calls = calls + 1, next_attempt_at = now() + make_interval(secs => $2)
        WHERE id IN (SELECT id FROM refunds
                      WHERE status = 'creating' AND next_attempt_at <= now()
                      ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING ${INTENT}`,
      [limit, LEASE_SECONDS],
    );
  }
}
