import { DomainError } from '../common/domain-error.js';

export class UnauthorizedError extends DomainError {
  constructor() {
    super('unauthorized', 401, 'Send a valid key: Authorization: Bearer <key>.');
  }
}

export class ForbiddenError extends DomainError {
  constructor() {
    super('forbidden', 403, 'This key may not use this route.');
  }
}

export class TooManyRequestsError extends DomainError {
  constructor(retryAfterSeconds: number) {
    super('too_many_requests', 429, 'Too many requests: try again later.', { retryAfterSeconds });
  }
}
