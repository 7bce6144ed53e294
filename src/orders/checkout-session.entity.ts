import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { CheckoutSessionParams } from '../stripe/checkout.gateway.js';

/**
 * - `creating`: the intent is written, Stripe has not answered yet.
 * - `open`: the customer can pay.
 * - `closing`: must be ended at Stripe (the order was cancelled, or paid through another session).
 * - `complete`, `expired`: as Stripe says.
 * - `abandoned`: never opened, replaced by a later attempt or no longer wanted.
 */
export type CheckoutSessionStatus =
  | 'creating'
  | 'open'
  | 'closing'
  | 'complete'
  | 'expired'
  | 'abandoned';

/** One attempt to get an order paid; written before Stripe is called, with the exact parameters. */
@Entity('checkout_sessions')
@Unique('checkout_sessions_order_id_attempt_key', ['orderId', 'attempt'])
@Unique('checkout_sessions_idempotency_key_key', ['idempotencyKey'])
@Unique('checkout_sessions_stripe_session_id_key', ['stripeSessionId'])
@Index('checkout_sessions_one_live_idx', ['orderId'], {
  unique: true,
  where: `status IN ('creating', 'open')`,
})
@Index('checkout_sessions_due_idx', ['nextAttemptAt'], {
  where: `status IN ('creating', 'closing')`,
})
@Index('checkout_sessions_check_idx', ['nextCheckAt'], { where: 'next_check_at IS NOT NULL' })
@Check(
  'checkout_sessions_status_check',
  `status IN ('creating', 'open', 'closing', 'complete', 'expired', 'abandoned')`,
)
export class CheckoutSession {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'checkout_sessions_pkey' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order', { name: 'checkout_sessions_order_id_fkey' })
  orderId: string;

  /** From 1; a new number means a new session with new parameters. */
  @Column({ type: 'smallint' })
  attempt: number;

  @Column({ type: 'text' })
  idempotencyKey: string;

  @Column({ type: 'jsonb' })
  params: CheckoutSessionParams;

  @Column({ type: 'text', default: 'creating' })
  status: CheckoutSessionStatus;

  @Column({ type: 'text', nullable: true })
  stripeSessionId: string | null;

  @Column({ type: 'text', nullable: true })
  url: string | null;

  /** As asked for, then as Stripe answered. */
  @Column({ type: 'timestamptz' })
  expiresAt: Date;

  /** The message that tells the customer the link once it exists; null when the caller gets it. */
  @Column({ type: 'text', nullable: true })
  announcement: string | null;

  /** Why the shop ends it; becomes the order's reason when the order is still pending then. */
  @Column({ type: 'text', nullable: true })
  closeReason: string | null;

  /** Calls made to Stripe for this row so far. */
  @Column({ type: 'integer', default: 0 })
  calls: number;

  /** When the tick may take the row up (again); also the lease of whoever is calling Stripe. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  nextAttemptAt: Date;

  /** When Stripe is to be asked how it stands, in case its events do not say; null: all is known. */
  @Column({ type: 'timestamptz', nullable: true })
  nextCheckAt: Date | null;

  @Column({ type: 'text', nullable: true })
  lastError: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
