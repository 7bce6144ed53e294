import {
  Check,
  Column,
  Entity,
  ForeignKey,
  Index,
  OneToMany,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';
import type { Relation } from 'typeorm';
import { OrderItem } from './order-item.entity.js';
import type { OrderStatus, PaymentStatus } from './order-status.js';

@Entity('orders')
@Unique('orders_order_number_key', ['orderNumber'])
@Index('orders_created_at_id_idx', ['createdAt', 'id'])
@Index('orders_customer_id_idx', ['customerId'])
@Index('orders_open_idx', ['status', 'createdAt', 'id', 'paymentStatus'], {
  where: `status IN ('pending', 'confirmed')`,
})
@Index('orders_unusual_payment_idx', ['paymentStatus', 'createdAt', 'id', 'status'], {
  where: `payment_status IN ('processing', 'failed', 'refunded', 'partially_refunded')`,
})
@Index('orders_unpaid_created_at_idx', ['createdAt', 'customerId'], { where: 'paid_at IS NULL' })
@Check('orders_status_check', `status IN ('pending', 'confirmed', 'picked_up', 'cancelled')`)
@Check(
  'orders_payment_status_check',
  `payment_status IN ('pending', 'processing', 'paid', 'failed', 'refunded', 'partially_refunded')`,
)
@Check('orders_total_amount_check', `total_amount > 0`)
@Check('orders_currency_check', `currency ~ '^[a-z]{3}$'`)
export class Order {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'orders_pkey' })
  id: string;

  @Column({ type: 'text' })
  orderNumber: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Customer', { name: 'orders_customer_id_fkey' })
  customerId: string;

  @Column({ type: 'text', default: 'pending' })
  status: OrderStatus;

  @Column({ type: 'text', default: 'pending' })
  paymentStatus: PaymentStatus;

  @Column({ type: 'text' })
  currency: string;

  /** Minor units, frozen when the order is placed. */
  @Column({ type: 'integer' })
  totalAmount: number;

  /** The current Checkout Session: an event of another one expires nothing. */
  @Column({ type: 'text', nullable: true })
  stripeSessionId: string | null;

  @Column({ type: 'boolean', default: false })
  reminderSent: boolean;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  paidAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  pickedUpAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  cancelledAt: Date | null;

  @Column({ type: 'text', nullable: true })
  cancelReason: string | null;

  @OneToMany(() => OrderItem, (item) => item.order)
  items: Relation<OrderItem>[];
}
