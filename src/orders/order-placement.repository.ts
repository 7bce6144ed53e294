import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { rowsOf } from '../database/transaction.js';

/** A line as it is frozen in the order; amounts in minor units. */
export interface PricedLine {
  readonly productId: string;
  readonly sku: string;
  readonly brand: string;
  readonly model: string;
  readonly quantity: number;
  readonly unitAmount: number;
}

export interface NewOrder {
  readonly customerId: string;
  readonly currency: string;
  readonly totalAmount: number;
  readonly lines: readonly PricedLine[];
}

@Injectable()
export class OrderPlacementRepository {
  constructor(private readonly config: AppConfig) {}

  /**
   * Order, lines and first timeline entry in one statement. The number carries the year of the
   * shop's own calendar; its counter never restarts, and leaves a gap where an order was refused.
   */
  async insert(
    manager: EntityManager,
    order: NewOrder,
  ): Promise<{ id: string; orderNumber: string }> {
    const { lines } = order;
    const [row] = await rowsOf<{ id: string; orderNumber: string }>(
      manager,
      `WITH number AS (SELECT nextval('order_number_seq')::text AS n),
       placed AS (
         INSERT INTO orders (order_number, customer_id, currency, total_amount)
         SELECT 'GC-' || to_char(now() AT TIME ZONE $1, 'YYYY') || '-'
                      || lpad(n, greatest(6, length(n)), '0'), $2, $3, $4
           FROM number
         RETURNING id, order_number
       ),
       lines AS (
         INSERT INTO order_items
                (order_id, position, product_id, sku, brand, model, quantity, unit_amount, line_amount)
         SELECT placed.id, l.position, l.product_id, l.sku, l.brand, l.model, l.quantity,
                l.unit_amount, l.quantity * l.unit_amount
           FROM placed, unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::int[], $10::int[])
                WITH ORDINALITY
                AS l (product_id, sku, brand, model, quantity, unit_amount, position)
       ),
       told AS (
         INSERT INTO order_events (order_id, type, data)
         SELECT id, 'order.placed', jsonb_build_object('totalAmount', $4::int, 'currency', $3::text)
           FROM placed
       )
       SELECT id, order_number AS "orderNumber" FROM placed`,
      [
        this.config.shop.timeZone,
        order.customerId,
        order.currency,
        order.totalAmount,
        lines.map(({ productId }) => productId),
        lines.map(({ sku }) => sku),
        lines.map(({ brand }) => brand),
        lines.map(({ model }) => model),
        lines.map(({ quantity }) => quantity),
        lines.map(({ unitAmount }) => unitAmount),
      ],
    );
    return row!;
  }
}
