import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';

/** One line of an order's timeline: written in the transaction of what it tells, never changed. */
@Entity('order_events')
@Index('order_events_order_id_id_idx', ['orderId', 'id'])
export class OrderEvent {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    primaryKeyConstraintName: 'order_events_pkey',
  })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order', { name: 'order_events_order_id_fkey' })
  orderId: string;

  @Column({ type: 'text' })
  type: string;

  /** Facts without personal data. */
  @Column({ type: 'jsonb', default: () => `'{}'` })
  data: Record<string, unknown>;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
