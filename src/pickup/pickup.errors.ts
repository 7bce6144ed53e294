import { DomainError } from '../common/domain-error.js';

export class PickupNotFoundError extends DomainError {
  constructor() {
    super('pickup_not_found', 404, 'No order can be collected with this code.');
  }
}

export class AlreadyPickedUpError extends DomainError {
  constructor(pickedUpAt: Date) {
    super('already_picked_up', 409, 'This order has been collected already.', {
      extensions: { pickedUpAt: pickedUpAt.toISOString() },
    });
  }
}

export class PickupSuspendedError extends DomainError {
  constructor() {
    super(
      'pickup_suspended',
      409,
      'The payment of this order is disputed: hand nothing over until that is decided.',
    );
  }
}

export class OrderRefundedError extends DomainError {
  constructor() {
    super('order_refunded', 409, 'This order was refunded: there is nothing to collect.');
  }
}
