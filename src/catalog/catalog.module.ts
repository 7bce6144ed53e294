import { Module } from '@nestjs/common';
import { ProductsController } from './products.controller.js';
import { ProductsRepository } from './products.repository.js';
import { ProductsService } from './products.service.js';
import { StockRepository } from './stock.repository.js';
import { StockService } from './stock.service.js';

@Module({
  controllers: [ProductsController],
  providers: [ProductsService, ProductsRepository, StockService, StockRepository],
  exports: [ProductsService, StockService],
})
export class CatalogModule {}
