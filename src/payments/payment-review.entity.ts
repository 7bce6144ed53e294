import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

export const PAYMENT_REVIEW_REASONS = [
  'amount_mismatch',
  'currency_mismatch',
  'second_payment',
  'paid_after_cancel',
  'payment_not_required',
  'refund_without_payment',
  'refund_failed',
  'disputed',
] as const;
export type PaymentReviewReason = (typeof PAYMENT_REVIEW_REASONS)[number];

/** Money that was captured and is nobody's payment: it can be given back. */
export const HELD_MONEY: readonly PaymentReviewReason[] = [
  'amount_mismatch',
  'currency_mismatch',
  'second_payment',
  'paid_after_cancel',
];

/** Money that no rule can place: a person decides. Written once per object and reason. */
@Entity('payment_reviews')
@Unique('payment_reviews_reason_object_id_key', ['reason', 'objectId'])
@Index('payment_reviews_object_id_idx', ['objectId'])
@Index('payment_reviews_order_id_idx', ['orderId'])
@Index('payment_reviews_open_idx', ['createdAt'], { where: 'resolved_at IS NULL' })
@Check(
  'payment_reviews_reason_check',
  `reason IN ('amount_mismatch', 'currency_mismatch', 'second_payment', 'paid_after_cancel', 'payment_not_required', 'refund_without_payment', 'refund_failed', 'disputed')`,
)
export class PaymentReview {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'payment_reviews_pkey' })
  id: string;

  @Column({ type: 'text' })
  reason: PaymentReviewReason;

  /** The Stripe object in question: a payment intent where known, else a session, charge or dispute. */
  @Column({ type: 'text' })
  objectId: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order', { name: 'payment_reviews_order_id_fkey' })
  orderId: string;

  @Column({ type: 'text' })
  stripeEventId: string;

  /** Minor units that the order asked for. */
  @Column({ type: 'integer' })
  expectedAmount: number;

  /** Minor units that Stripe reports. */
  @Column({ type: 'integer', nullable: true })
  actualAmount: number | null;

  /** Minor units of it given back so far. */
  @Column({ type: 'integer', default: 0 })
  refundedAmount: number;

  @Column({ type: 'text', nullable: true })
  actualCurrency: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  resolvedAt: Date | null;
}
