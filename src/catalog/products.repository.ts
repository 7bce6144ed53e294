import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan, QueryFailedError, type Repository } from 'typeorm';
import { SkuTakenError } from './catalog.errors.js';
import type { CreateProductDto } from './dto/create-product.dto.js';
import type { UpdateProductDto } from './dto/update-product.dto.js';
import { Product } from './product.entity.js';

const UNIQUE_VIOLATION = '23505';

@Injectable()
export class ProductsRepository {
  private readonly products: Repository<Product>;

  constructor(dataSource: DataSource) {
    this.products = dataSource.getRepository(Product);
  }

  async findById(id: string): Promise<Product | null> {
    return this.products.findOneBy({ id });
  }

  /** By sku; asks for one row more than the page holds, to know whether there is a next one. */
  async list(limit: number, afterSku?: string): Promise<Product[]> {
    return this.products.find({
      where: afterSku === undefined ? {} : { sku: MoreThan(afterSku) },
      order: { sku: 'ASC' },
      take: limit + 1,
    });
  }

  async count(): Promise<number> {
    return this.products.count();
  }

  async insert(product: CreateProductDto): Promise<Product> {
    try {
      const { identifiers } = await this.products.insert({ ...product });
      return await this.products.findOneByOrFail({ id: identifiers[0]!['id'] as string });
    } catch (error) {
      if (isUniqueViolation(error)) throw new SkuTakenError();
      throw error;
    }
  }

  /** Only the columns that are given: a reservation running beside it loses nothing. */
  async update(id: string, changes: UpdateProductDto): Promise<void> {
    await this.products.update({ id }, { ...changes, updatedAt: () => 'now()' });
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof QueryFailedError &&
  (error.driverError as { code?: string }).code === UNIQUE_VIOLATION;
