import type Stripe from 'stripe';
import {
  event,
  type EventOf,
  type EventOverrides,
  type EventType,
} from './factories/event.factory.js';

/** One try at handing an event to the webhook; `status` is null when no answer came. */
export interface WebhookAttempt {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly status: number | null;
  readonly body: string;
  /** From the first byte sent to the last one received, or to the end of patience. */
  readonly tookMs: number;
}

export interface EventRecord {
  event: Stripe.Event;
  attempts: WebhookAttempt[];
  delivered: boolean;
}

/** The API request behind an event; both null when the customer or time itself caused it. */
export interface Cause {
  readonly id: string | null;
  readonly idempotency_key: string | null;
}

export const NO_CAUSE: Cause = { id: null, idempotency_key: null };

/** Every event so far, oldest first, and what became of it. */
export class EventLog {
  readonly records: EventRecord[] = [];
  /** Called for each new event, before `emit` returns. */
  onEmit: (record: EventRecord) => void = () => undefined;

  constructor(private readonly now: () => number) {}

  emit<T extends EventType>(
    type: T,
    object: EventOf<T>['data']['object'],
    overrides: EventOverrides = {},
  ): EventOf<T> {
    const created = event(type, object, { created: this.now(), ...overrides });
    this.add(created);
    return created;
  }

  add(made: Stripe.Event): EventRecord {
    const record: EventRecord = { event: made, attempts: [], delivered: false };
    this.records.push(record);
    this.onEmit(record);
    return record;
  }

  find(id: string): EventRecord | undefined {
    return this.records.find((record) => record.event.id === id);
  }
}
