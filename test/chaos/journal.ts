/** An order as its client knows it: it was answered, so it must never be lost. */
export interface AcknowledgedOrder {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly totalAmount: number;
}

/** What the clients saw. */
export class Journal {
  readonly acknowledged = new Map<string, AcknowledgedOrder>();
  /** Requests that nobody ever answered: they may have left an order, but one at most. */
  readonly unanswered: string[] = [];
  /** Answers that must not be: another order for the same key, a refusal of a correct request. */
  readonly faults: string[] = [];
  /** Customers that are on their way. */
  busy = 0;

  acknowledge(order: AcknowledgedOrder): void {
    this.acknowledged.set(order.id, order);
  }
}
