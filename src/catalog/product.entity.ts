import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('products')
@Unique('products_sku_key', ['sku'])
@Check('products_stock_check', `stock >= 0`)
@Check('products_unit_amount_check', `unit_amount > 0`)
@Check('products_currency_check', `currency ~ '^[a-z]{3}$'`)
export class Product {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'products_pkey' })
  id: string;

  @Column({ type: 'text' })
  sku: string;

  @Column({ type: 'text' })
  brand: string;

  @Column({ type: 'text' })
  model: string;

  /** Minor units. */
  @Column({ type: 'integer' })
  unitAmount: number;

  @Column({ type: 'text' })
  currency: string;

  /** Units that may still be sold: what orders hold is already taken off. */
  @Column({ type: 'integer' })
  stock: number;

  @Column({ type: 'boolean', default: true })
  active: boolean;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
