import { DomainError } from '../common/domain-error.js';

export class ReminderAlreadyQueuedError extends DomainError {
  constructor() {
    super('reminder_already_queued', 409, 'A reminder of this order is about to leave.');
  }
}
