import { DomainError, type FieldError } from '../common/domain-error.js';

export class UnknownProductError extends DomainError {
  constructor(errors: readonly FieldError[]) {
    super('unknown_product', 422, 'The order names a product that is not for sale.', { errors });
  }
}

export class InsufficientStockError extends DomainError {
  constructor(errors: readonly FieldError[]) {
    super('insufficient_stock', 409, 'There is not enough stock for this order.', { errors });
  }
}

export class ProductNotFoundError extends DomainError {
  constructor() {
    super('product_not_found', 404, 'No product has this id.');
  }
}

export class SkuTakenError extends DomainError {
  constructor() {
    super('sku_taken', 409, 'Another product already has this sku.');
  }
}
