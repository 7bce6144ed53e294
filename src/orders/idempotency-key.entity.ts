import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A client's `Idempotency-Key`: the same key and body give the same order, another body is refused. */
@Entity('idempotency_keys')
@Index('idempotency_keys_order_id_idx', ['orderId'], { where: 'order_id IS NOT NULL' })
export class IdempotencyKey {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'idempotency_keys_pkey' })
  key: string;

  /** SHA-256 of the validated body, hex. */
  @Column({ type: 'text' })
  requestHash: string;

  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('Order', { name: 'idempotency_keys_order_id_fkey' })
  orderId: string | null;

  /** While in the future, a request with this key is still running. */
  @Column({ type: 'timestamptz' })
  lockedUntil: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
