import { Check, Column, Entity, ForeignKey, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** Money that settled an order: exactly one row for each paid order. */
@Entity('payments')
@Unique('payments_order_id_key', ['orderId'])
@Unique('payments_stripe_payment_intent_id_key', ['stripePaymentIntentId'])
@Check('payments_amount_check', `amount > 0 AND refunded_amount BETWEEN 0 AND amount`)
@Check('payments_lost_amount_check', `lost_amount BETWEEN 0 AND amount`)
export class Payment {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'payments_pkey' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order', { name: 'payments_order_id_fkey' })
  orderId: string;

  @Column({ type: 'text' })
  stripePaymentIntentId: string;

  @Column({ type: 'text', nullable: true })
  stripeSessionId: string | null;

  /** Minor units. */
  @Column({ type: 'integer' })
  amount: number;

  /** Minor units given back so far. */
  @Column({ type: 'integer', default: 0 })
  refundedAmount: number;

  /** Minor units the customer's bank took back in disputes that were lost: Stripe counts them apart. */
  @Column({ type: 'integer', default: 0 })
  lostAmount: number;

  @Column({ type: 'text' })
  currency: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
