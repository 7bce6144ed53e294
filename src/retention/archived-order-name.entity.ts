import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * Every name by which somebody outside may still ask for an archived order: its id and number, its
 * sessions, payments, refunds, disputes and pickup pass at Stripe or at the counter. One look here tells
 * the one partition to open; to look into each would lock them all. A name stays when its order comes back,
 * so that of two events that ask at once the second one knows to look again.
 */
@Entity('archived_order_names')
@Index('archived_order_names_created_at_idx', ['createdAt'])
export class ArchivedOrderName {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'archived_order_names_pkey' })
  name: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'archived_order_names_pkey' })
  orderId: string;

  /** Of the order. */
  @Column({ type: 'timestamptz' })
  createdAt: Date;
}
