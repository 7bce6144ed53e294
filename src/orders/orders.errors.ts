import { DomainError } from '../common/domain-error.js';

export class OrderNotFoundError extends DomainError {
  constructor() {
    super('order_not_found', 404, 'No order has this id.');
  }
}

export class OrderAlreadyPaidError extends DomainError {
  constructor() {
    super('order_already_paid', 409, 'The order is paid: refund it instead.');
  }
}

export class OrderNotPendingError extends DomainError {
  constructor(status: string) {
    super('order_not_pending', 409, `The order is ${status}: it no longer waits for a payment.`);
  }
}

export class PaymentProcessingError extends DomainError {
  constructor() {
    super('payment_processing', 409, 'A payment of this order is under way: wait for its outcome.');
  }
}

export class PaymentLinkNotReadyError extends DomainError {
  constructor() {
    super(
      'payment_link_not_ready',
      503,
      'The payment provider is out of reach: the link will be made and sent to the customer.',
      { retryAfterSeconds: 10 },
    );
  }
}

export class MixedCurrenciesError extends DomainError {
  constructor() {
    super('mixed_currencies', 422, 'All items of an order must be priced in one currency.');
  }
}

export class AmountOutOfRangeError extends DomainError {
  constructor(minimum: number, maximum: number) {
    super(
      'amount_out_of_range',
      400,
      `The total must lie between ${minimum} and ${maximum} minor units.`,
      { errors: [{ path: 'items', message: 'the total is outside what can be charged' }] },
    );
  }
}

export class IdempotencyKeyReusedError extends DomainError {
  constructor() {
    super(
      'idempotency_key_reused',
      422,
      'This Idempotency-Key was used with another body: use a new key for a new request.',
    );
  }
}

export class IdempotencyKeyInUseError extends DomainError {
  constructor() {
    super('idempotency_key_in_use', 409, 'A request with this Idempotency-Key is still running.', {
      retryAfterSeconds: 1,
    });
  }
}

export class InvalidIdempotencyKeyError extends DomainError {
  constructor() {
    super(
      'invalid_idempotency_key',
      400,
      'Idempotency-Key must be 1 to 255 printable ASCII characters.',
    );
  }
}
