import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FieldError } from '../common/domain-error.js';
import { InsufficientStockError, UnknownProductError } from './catalog.errors.js';
import { type ReservedProduct, type StockLine, StockRepository } from './stock.repository.js';

export type { ReservedProduct, StockLine } from './stock.repository.js';

/** Stock is taken when an order is placed and given back when the order ends unpaid. */
@Injectable()
export class StockService {
  constructor(private readonly stock: StockRepository) {}

  /**
   * All lines or none; call inside a transaction, each sku once. Throws UnknownProductError or
   * InsufficientStockError, with the path of each line at fault.
   */
  async reserve(
    manager: EntityManager,
    lines: readonly StockLine[],
  ): Promise<Map<string, ReservedProduct>> {
    const reserved = await this.stock.take(manager, lines);
    if (reserved.length < lines.length) await this.refuse(manager, lines, reserved);
    return new Map(reserved.map((product) => [product.sku, product]));
  }

  /** Takes the same stock once more for an order that comes back to life. False: there is not enough. */
  async reserveAgain(manager: EntityManager, lines: readonly StockLine[]): Promise<boolean> {
    const short = await this.stock.findShort(manager, lines);
    if (short.length > 0) return false;
    await this.stock.take(manager, lines, { evenInactive: true });
    return true;
  }

  /** Call inside the transaction that ends the order, so that it happens exactly once. */
  async release(manager: EntityManager, lines: readonly StockLine[]): Promise<void> {
    await this.stock.giveBack(manager, lines);
  }

  private async refuse(
    manager: EntityManager,
    lines: readonly StockLine[],
    reserved: readonly ReservedProduct[],
  ): Promise<never> {
    const taken = new Set(reserved.map(({ sku }) => sku));
    const known = await this.stock.findForSale(
      manager,
      lines.map(({ sku }) => sku),
    );
    const unknown: FieldError[] = [];
    const short: FieldError[] = [];
    lines.forEach(({ sku }, index) => {
      if (taken.has(sku)) return;
      const stock = known.get(sku);
      if (stock === undefined) {
        unknown.push({ path: `items[${index}].sku`, message: 'no product for sale has this sku' });
      } else {
        short.push({ path: `items[${index}].quantity`, message: `only ${stock} left` });
      }
    });
    throw unknown.length > 0 ? new UnknownProductError(unknown) : new InsufficientStockError(short);
  }
}
