import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far Stripe's list of events has been read: one row for each list that is followed. */
@Entity('stripe_event_cursors')
export class StripeEventCursor {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'stripe_event_cursors_pkey' })
  name: string;

  /** Every event made before is in the inbox. */
  @Column({ type: 'timestamptz' })
  readTo: Date;

  /** Until then the process that reads is not disturbed. */
  @Column({ type: 'timestamptz' })
  leaseUntil: Date;
}
