import { Column, Entity, ForeignKey, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** The right to collect one paid order, once. Its secret signs the tokens, so losing it revokes them. */
@Entity('pickup_passes')
@Unique('pickup_passes_order_id_key', ['orderId'])
export class PickupPass {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'pickup_passes_pkey' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order', { name: 'pickup_passes_order_id_fkey' })
  orderId: string;

  /** 32 random bytes. */
  @Column({ type: 'bytea' })
  secret: Buffer;

  @Column({ type: 'timestamptz', nullable: true })
  redeemedAt: Date | null;

  /** While set, the code is worth nothing: the payment is disputed. */
  @Column({ type: 'timestamptz', nullable: true })
  suspendedAt: Date | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
