import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { RefundStatus } from './refund-status.js';

/** One order to Stripe to give money back; written before Stripe is called, one at a time per payment. */
@Entity('refunds')
@Unique('refunds_stripe_refund_id_key', ['stripeRefundId'])
@Unique('refunds_idempotency_key_key', ['idempotencyKey'])
@Unique('refunds_client_key_key', ['clientKey'])
@Index('refunds_order_id_idx', ['orderId'])
@Index('refunds_stripe_payment_intent_id_idx', ['stripePaymentIntentId'])
@Index('refunds_one_in_flight_idx', ['stripePaymentIntentId'], {
  unique: true,
  where: `status = 'creating'`,
})
@Index('refunds_due_idx', ['nextAttemptAt'], { where: `status = 'creating'` })
@Check('refunds_amount_check', `amount > 0`)
@Check('refunds_status_check', `status IN ('creating', 'pending', 'succeeded', 'failed')`)
export class Refund {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'refunds_pkey' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order', { name: 'refunds_order_id_fkey' })
  orderId: string;

  /** The order's payment, or one that a person gives back. */
  @Column({ type: 'text' })
  stripePaymentIntentId: string;

  /** Minor units. */
  @Column({ type: 'integer' })
  amount: number;

  @Column({ type: 'text' })
  currency: string;

  @Column({ type: 'text', default: 'creating' })
  status: RefundStatus;

  @Column({ type: 'text', nullable: true })
  stripeRefundId: string | null;

  /** Ours, for Stripe: the same at every repetition. */
  @Column({ type: 'text' })
  idempotencyKey: string;

  /** The caller's own `Idempotency-Key`, if there was one, and what it was sent with (SHA-256, hex). */
  @Column({ type: 'text', nullable: true })
  clientKey: string | null;

  @Column({ type: 'text', nullable: true })
  clientRequestHash: string | null;

  /** Calls made to Stripe for this row so far. */
  @Column({ type: 'integer', default: 0 })
  calls: number;

  /** When the tick may take the row up (again); also the lease of whoever is calling Stripe. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  nextAttemptAt: Date;

  @Column({ type: 'text', nullable: true })
  lastError: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
