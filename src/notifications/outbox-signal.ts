import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';

/**
 * Says within this process that rows were committed to the outbox. Only a hint that saves waiting
 * for the next poll: a lost one costs a second, never a message.
 */
@Injectable()
export class OutboxSignal {
  readonly raised = new Subject<void>();

  raise(): void {
    this.raised.next();
  }
}
