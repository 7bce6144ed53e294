import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * That a message was sent, and what became of it. What it said (`params`) is not kept: the order itself
 * tells it, and its payment link is dead. Partitioned by the month it was written in.
 */
@Entity('archived_notifications')
@Index('archived_notifications_order_id_idx', ['orderId'])
export class ArchivedNotification {
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'archived_notifications_pkey' })
  id: string;

  @Column({ type: 'uuid' })
  orderId: string;

  @Column({ type: 'uuid' })
  customerId: string;

  @Column({ type: 'text' })
  kind: string;

  @Column({ type: 'text' })
  slot: string;

  @Column({ type: 'text' })
  channel: string;

  @Column({ type: 'text' })
  status: string;

  @Column({ type: 'integer' })
  attempts: number;

  @Column({ type: 'text', nullable: true })
  providerId: string | null;

  @Column({ type: 'text', nullable: true })
  deliveryStatus: string | null;

  @Column({ type: 'text', nullable: true })
  errorCode: string | null;

  @Column({ type: 'text', array: true })
  failedProviderIds: string[];

  @Column({ type: 'timestamptz', nullable: true })
  sentAt: Date | null;

  @PrimaryColumn({ type: 'timestamptz', primaryKeyConstraintName: 'archived_notifications_pkey' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  archivedAt: Date;
}
