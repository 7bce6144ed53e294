import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What was done with an event: `applied` changed something, `review` needs a person. */
export type StripeEventOutcome = 'applied' | 'ignored' | 'review';

/** The inbox: one row an event, inserted first in the transaction that applies it. */
@Entity('stripe_events')
@Index('stripe_events_unknown_order_idx', ['paymentIntentId'], {
  where: `reason = 'unknown_order'`,
})
@Index('stripe_events_order_id_idx', ['orderId'], { where: 'order_id IS NOT NULL' })
@Index('stripe_events_received_at_idx', ['receivedAt'])
@Check('stripe_events_outcome_check', `outcome IN ('applied', 'ignored', 'review')`)
export class StripeEvent {
  /** Stripe's own id (`evt_…`). */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'stripe_events_pkey' })
  id: string;

  @Column({ type: 'text' })
  type: string;

  @Column({ type: 'text', nullable: true })
  objectId: string | null;

  /** The payment that the object belongs to, where it names one. */
  @Column({ type: 'text', nullable: true })
  paymentIntentId: string | null;

  @Column({ type: 'text', nullable: true })
  apiVersion: string | null;

  @Column({ type: 'boolean' })
  livemode: boolean;

  /** Null only while its transaction runs. */
  @Column({ type: 'text', nullable: true })
  outcome: StripeEventOutcome | null;

  /** Why, in snake_case: `payment_confirmed`, `unknown_order`, `amount_mismatch` … */
  @Column({ type: 'text', nullable: true })
  reason: string | null;

  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('Order', { name: 'stripe_events_order_id_fkey' })
  orderId: string | null;

  /** When Stripe made it. */
  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  receivedAt: Date;
}
