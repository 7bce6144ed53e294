import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import { takeGoods } from './stock.sql.js';

export interface StockLine {
  readonly sku: string;
  readonly quantity: number;
}

const skus = (lines: readonly StockLine[]) => lines.map(({ sku }) => sku);
const quantities = (lines: readonly StockLine[]) => lines.map(({ quantity }) => quantity);

/** Rows are always locked in the order of their ids, so two orders of the same tyres cannot deadlock. */
@Injectable()
export class StockRepository {
  /** Even of products that are no longer for sale. The caller has found that there is enough. */
  async take(manager: EntityManager, lines: readonly StockLine[]): Promise<void> {
    await manager.query(
      `WITH goods AS (
         SELECT p.id, w.quantity
           FROM unnest($1::text[], $2::int[]) AS w (sku, quantity)
           JOIN products p USING (sku)
          ORDER BY p.id
            FOR UPDATE OF p
       ) ${takeGoods()}`,
      [skus(lines), quantities(lines)],
    );
  }

  async giveBack(manager: EntityManager, lines: readonly StockLine[]): Promise<void> {
    await manager.query(
      `WITH returned AS (
         SELECT p.id, w.quantity
           FROM unnest($1::text[], $2::int[]) AS w (sku, quantity)
           JOIN products p USING (sku)
          ORDER BY p.id
            FOR UPDATE OF p
       )
       UPDATE products p
          SET stock = p.stock + returned.quantity, updated_at = now()
         FROM returned
        WHERE p.id = returned.id`,
      [skus(lines), quantities(lines)],
    );
  }

  /** Locks the products and answers the skus that cannot be taken any more. */
  async findShort(manager: EntityManager, lines: readonly StockLine[]): Promise<string[]> {
    const rows = await rowsOf<{ sku: string }>(
      manager,
      `WITH locked AS (
         SELECT p.sku, p.stock FROM products p WHERE p.sku = ANY ($1::text[])
          ORDER BY p.id FOR UPDATE
       )
       SELECT w.sku
         FROM unnest($1::text[], $2::int[]) AS w (sku, quantity)
         LEFT JOIN locked USING (sku)
        WHERE locked.stock IS NULL OR locked.stock < w.quantity`,
      [skus(lines), quantities(lines)],
    );
    return rows.map(({ sku }) => sku);
  }
}
