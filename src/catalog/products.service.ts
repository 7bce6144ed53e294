import { Injectable } from '@nestjs/common';
import { decodeCursor, type Page, pageOf } from '../common/cursor.js';
import type { PageQuery } from '../common/page-query.dto.js';
import { SKU_PATTERN } from '../common/sku.js';
import { ProductNotFoundError } from './catalog.errors.js';
import type { CreateProductDto } from './dto/create-product.dto.js';
import type { ProductResponse } from './dto/product.response.js';
import type { UpdateProductDto } from './dto/update-product.dto.js';
import type { Product } from './product.entity.js';
import { ProductsRepository } from './products.repository.js';

/** What the shop sells. */
@Injectable()
export class ProductsService {
  constructor(private readonly products: ProductsRepository) {}

  async list({ limit, cursor }: PageQuery): Promise<Page<ProductResponse>> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, SKU_PATTERN);
    return pageOf((await this.products.list(limit, after)).map(view), limit, ({ sku }) => sku);
  }

  /** Throws ProductNotFoundError. */
  async get(id: string): Promise<ProductResponse> {
    const product = await this.products.findById(id);
    if (!product) throw new ProductNotFoundError();
    return view(product);
  }

  /** Throws SkuTakenError. */
  async create(product: CreateProductDto): Promise<ProductResponse> {
    return view(await this.products.insert(product));
  }

  /** Throws ProductNotFoundError. */
  async update(id: string, changes: UpdateProductDto): Promise<ProductResponse> {
    if (Object.keys(changes).length > 0) await this.products.update(id, changes);
    return this.get(id);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.products.count()) === 0;
  }
}

const view = (product: Product): ProductResponse => ({
  id: product.id,
  sku: product.sku,
  brand: product.brand,
  model: product.model,
  unitAmount: product.unitAmount,
  currency: product.currency,
  stock: product.stock,
  active: product.active,
});
