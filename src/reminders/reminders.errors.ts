import { DomainError } from '../common/domain-error.js';

export class TooManyRemindersError extends DomainError {
  constructor() {
    super('too_many_reminders', 429, 'This order was reminded as often as an order may be.');
  }
}

export class ReminderAlreadyQueuedError extends DomainError {
  constructor() {
    super('reminder_already_queued', 409, 'A reminder of this order is about to leave.');
  }
}
