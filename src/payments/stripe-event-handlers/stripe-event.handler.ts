import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import type { StripeEventOutcome } from '../stripe-event.entity.js';

/** What a handler did, as the inbox keeps it. */
export interface HandledEvent {
  readonly outcome: StripeEventOutcome;
  /** snake_case. */
  readonly reason: string;
  readonly orderId?: string;
}

export const ignored = (reason: string, orderId?: string): HandledEvent => ({
  outcome: 'ignored',
  reason,
  ...(orderId ? { orderId } : {}),
});

export const applied = (reason: string, orderId: string): HandledEvent => ({
  outcome: 'applied',
  reason,
  orderId,
});

/**
 * Applies one kind of event inside the transaction that also writes the inbox row. Idempotent by the
 * order's own state, since Stripe may send two events for one change. A throw means: try again later.
 */
export abstract class StripeEventHandler<Event extends Stripe.Event = Stripe.Event> {
  abstract readonly type: Event['type'];
  abstract apply(event: Event, manager: EntityManager): Promise<HandledEvent>;
}

/** The order that our metadata name; null for objects of others, and where an older API version has none. */
export const orderIdIn = (metadata: Stripe.Metadata | null | undefined): string | null =>
  metadata?.['orderId'] ?? null;

/** Stripe gives an id or, where it was expanded, the object itself. */
export const idOf = (reference: string | { readonly id: string } | null): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);
