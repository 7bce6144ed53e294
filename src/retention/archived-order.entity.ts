import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The rows that hung on an archived order, by the table they come from and go back to. */
export type ArchivedRecords = Readonly<Record<string, readonly Record<string, unknown>[]>>;

/**
 * A finished order: its row as it stood, column for column, and beside it every row that hung on it.
 * Partitioned by the month it was placed in. Its customer is not copied: who is forgotten in `customers`
 * is forgotten here too.
 */
@Entity('archived_orders')
@Index('archived_orders_created_at_id_idx', ['createdAt', 'id'])
@Index('archived_orders_customer_id_idx', ['customerId'])
export class ArchivedOrder {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'archived_orders_pkey' })
  id: string;

  @Column({ type: 'text' })
  orderNumber: string;

  @Column({ type: 'uuid' })
  customerId: string;

  @Column({ type: 'text' })
  status: string;

  @Column({ type: 'text' })
  paymentStatus: string;

  @Column({ type: 'text' })
  currency: string;

  /** Minor units. */
  @Column({ type: 'integer' })
  totalAmount: number;

  @Column({ type: 'text', nullable: true })
  stripeSessionId: string | null;

  @Column({ type: 'boolean' })
  reminderSent: boolean;

  @PrimaryColumn({ type: 'timestamptz', primaryKeyConstraintName: 'archived_orders_pkey' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  paidAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  pickedUpAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  cancelledAt: Date | null;

  @Column({ type: 'text', nullable: true })
  cancelReason: string | null;

  /** Minor units of its payment, for figures; 0 when there was none. */
  @Column({ type: 'integer' })
  paidAmount: number;

  /** Minor units of that payment given back. */
  @Column({ type: 'integer' })
  refundedAmount: number;

  /** Minor units of that payment lost in disputes. */
  @Column({ type: 'integer' })
  lostAmount: number;

  @Column({ type: 'jsonb' })
  records: ArchivedRecords;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  archivedAt: Date;
}
