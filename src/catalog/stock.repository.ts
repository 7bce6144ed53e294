import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';

export interface StockLine {
  readonly sku: string;
  readonly quantity: number;
}

/** A product as it was when its stock was reserved; `unitAmount` in minor units. */
export interface ReservedProduct {
  readonly id: string;
  readonly sku: string;
  readonly brand: string;
  readonly model: string;
  readonly unitAmount: number;
  readonly currency: string;
}

const skus = (lines: readonly StockLine[]) => lines.map(({ sku }) => sku);
const quantities = (lines: readonly StockLine[]) => lines.map(({ quantity }) => quantity);

/** Rows are always locked in the order of their ids, so two orders of the same tyres cannot deadlock. */
@Injectable()
export class StockRepository {
  /** One conditional update: only lines with enough stock are taken, and only those are answered. */
  async take(
    manager: EntityManager,
    lines: readonly StockLine[],
    { evenInactive = false } = {},
  ): Promise<ReservedProduct[]> {
    return rowsOf<ReservedProduct>(
      manager,
      `WITH wanted AS (
         SELECT p.id, w.quantity
           FROM unnest($1::text[], $2::int[]) AS w (sku, quantity)
           JOIN products p USING (sku)
          ORDER BY p.id
            FOR UPDATE OF p
       )
       UPDATE products p
          SET stock = p.stock - wanted.quantity, updated_at = now()
         FROM wanted
        WHERE p.id = wanted.id AND p.stock >= wanted.quantity AND (p.active OR $3)
       RETURNING p.id, p.sku, p.brand, p.model, p.unit_amount AS "unitAmount", p.currency`,
      [skus(lines), quantities(lines), evenInactive],
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

  /** Stock left by sku, of products for sale only. */
  async findForSale(
    manager: EntityManager,
    wanted: readonly string[],
  ): Promise<Map<string, number>> {
    const rows = await rowsOf<{ sku: string; stock: number }>(
      manager,
      `SELECT sku, stock FROM products WHERE sku = ANY ($1::text[]) AND active`,
      [wanted],
    );
    return new Map(rows.map(({ sku, stock }) => [sku, stock]));
  }
}
