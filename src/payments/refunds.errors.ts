import { DomainError } from '../common/domain-error.js';

export class OrderNotPaidError extends DomainError {
  constructor() {
    super(
      'order_not_paid',
      409,
      'This order has no payment. Money of it that waits for a person is given back by its paymentIntentId.',
    );
  }
}

export class PaymentNotFoundError extends DomainError {
  constructor() {
    super('payment_not_found', 404, 'No money of this order came by this payment intent.');
  }
}

export class AlreadyRefundedError extends DomainError {
  constructor() {
    super('already_refunded', 409, 'Nothing is left of this payment: it was given back.');
  }
}

export class RefundExceedsPaymentError extends DomainError {
  constructor(refundableAmount: number) {
    super('refund_exceeds_payment', 409, `At most ${refundableAmount} minor units are left.`, {
      extensions: { refundableAmount },
    });
  }
}

export class CapturedAmountUnknownError extends DomainError {
  constructor() {
    super(
      'captured_amount_unknown',
      409,
      'Stripe never told how much was captured: look it up in its dashboard and give the amount.',
    );
  }
}

export class RefundInProgressError extends DomainError {
  constructor() {
    super(
      'refund_in_progress',
      409,
      'Another refund of this payment still waits for Stripe: look at it before you ask for one more.',
      { retryAfterSeconds: 5 },
    );
  }
}

export class RefundNotFoundError extends DomainError {
  constructor() {
    super('refund_not_found', 404, 'This order has no refund with this id.');
  }
}

/** Stripe said no, or says that it failed: nothing was given back. */
export class RefundRefusedError extends DomainError {
  constructor(refund: { readonly id: string; readonly lastError: string | null }) {
    super(
      'refund_refused',
      409,
      'The payment provider refused this refund: look at the payment in its dashboard.',
      { extensions: { refundId: refund.id, reason: refund.lastError } },
    );
  }
}
