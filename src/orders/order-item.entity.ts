import { Check, Column, Entity, ForeignKey, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { Order } from './order.entity.js';

/** One line of an order, with the catalogue's words and price as they were when it was placed. */
@Entity('order_items')
@Check('order_items_quantity_check', `quantity > 0`)
@Check('order_items_line_amount_check', `line_amount = quantity * unit_amount`)
export class OrderItem {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'order_items_pkey' })
  orderId: string;

  /** Place in the order, from 1. */
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'order_items_pkey' })
  position: number;

  @Column({ type: 'uuid' })
  @ForeignKey('Product', { name: 'order_items_product_id_fkey' })
  productId: string;

  @Column({ type: 'text' })
  sku: string;

  @Column({ type: 'text' })
  brand: string;

  @Column({ type: 'text' })
  model: string;

  @Column({ type: 'integer' })
  quantity: number;

  /** Minor units. */
  @Column({ type: 'integer' })
  unitAmount: number;

  /** Minor units. */
  @Column({ type: 'integer' })
  lineAmount: number;

  @ManyToOne(() => Order, (order) => order.items, { nullable: false })
  @JoinColumn({ name: 'order_id', foreignKeyConstraintName: 'order_items_order_id_fkey' })
  order: Relation<Order>;
}
