import { DomainError } from '../common/domain-error.js';

export class NoSessionError extends DomainError {
  constructor() {
    super('no_sandbox_session', 409, 'This order has no payment link of the sandbox.');
  }
}

export class NotDisputableError extends DomainError {
  constructor() {
    super('not_disputable', 409, 'Nothing was paid here that a bank could dispute, or decide on.');
  }
}

export class CrossSiteError extends DomainError {
  constructor() {
    super('cross_site', 403, 'Only the sandbox’s own pages may change it.');
  }
}

/** The process that ran the doubles has ended; the others of its data folder go on without them. */
export class ProvidersGoneError extends DomainError {
  constructor() {
    super(
      'sandbox_providers_gone',
      503,
      'The process that ran the sandbox’s providers has ended: restart it.',
    );
  }
}

export class NoQrCodeError extends DomainError {
  constructor() {
    super('no_qr_code', 422, 'No QR code can be read in this picture.');
  }
}
