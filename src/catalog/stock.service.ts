import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FieldError } from '../common/domain-error.js';
import { InsufficientStockError, UnknownProductError } from './catalog.errors.js';
import { type StockLine, StockRepository } from './stock.repository.js';

export type { StockLine } from './stock.repository.js';

/** A product for sale as it was read; `unitAmount` in minor units. */
export interface ProductForSale {
  readonly id: string;
  readonly sku: string;
  readonly brand: string;
  readonly model: string;
  readonly unitAmount: number;
  readonly currency: string;
  readonly stock: number;
}

/**
 * The products of these lines, in their order; each sku once. Throws UnknownProductError or
 * InsufficientStockError, with the path of each line at fault.
 */
export function productsOf(
  lines: readonly StockLine[],
  forSale: readonly ProductForSale[],
): ProductForSale[] {
  const bySku = new Map(forSale.map((product) => [product.sku, product]));
  const found: ProductForSale[] = [];
  const unknown: FieldError[] = [];
  const short: FieldError[] = [];
  lines.forEach(({ sku, quantity }, index) => {
    const product = bySku.get(sku);
    if (product === undefined) {
      unknown.push({ path: `items[${index}].sku`, message: 'no product for sale has this sku' });
    } else if (product.stock < quantity) {
      short.push({ path: `items[${index}].quantity`, message: `only ${product.stock} left` });
    } else {
      found.push(product);
    }
  });
  if (unknown.length > 0) throw new UnknownProductError(unknown);
  if (short.length > 0) throw new InsufficientStockError(short);
  return found;
}

/** Stock is taken when an order is placed (`stock.sql.ts`) and given back when the order ends unpaid. */
@Injectable()
export class StockService {
  constructor(private readonly stock: StockRepository) {}

  /** Takes the same stock once more for an order that comes back to life. False: there is not enough. */
  async reserveAgain(manager: EntityManager, lines: readonly StockLine[]): Promise<boolean> {
    const short = await this.stock.findShort(manager, lines);
    if (short.length > 0) return false;
    await this.stock.take(manager, lines);
    return true;
  }

  /** Call inside the transaction that ends the order, so that it happens exactly once. */
  async release(manager: EntityManager, lines: readonly StockLine[]): Promise<void> {
    await this.stock.giveBack(manager, lines);
  }
}
