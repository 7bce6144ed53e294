import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SkuTakenError } from '../catalog/catalog.errors.js';
import { ProductsService } from '../catalog/products.service.js';
import { DEMO_PRODUCTS } from './demo-catalogue.js';

/** Fills an empty catalogue, so that there is something to order a second after the first start. */
@Injectable()
export class DemoCatalogue implements OnApplicationBootstrap {
  private readonly logger = new Logger(DemoCatalogue.name);

  constructor(private readonly products: ProductsService) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!(await this.products.isEmpty())) return;
    for (const product of DEMO_PRODUCTS) {
      try {
        await this.products.create({ ...product, currency: 'eur', active: true });
      } catch (error) {
        // Another process that starts at the same moment fills the same shelves.
        if (!(error instanceof SkuTakenError)) throw error;
      }
    }
    this.logger.log({
      event: 'sandbox.catalogue_filled',
      count: DEMO_PRODUCTS.length,
      msg: `Demo catalogue of ${DEMO_PRODUCTS.length} products loaded`,
    });
  }
}
