import type Stripe from 'stripe';
import type { CheckoutSessionState } from './checkout.gateway.js';

/** Money to be given back; amount in minor units. */
export interface RefundRequest {
  readonly paymentIntentId: string;
  readonly amount: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A refund as Stripe made it; amounts in minor units. */
export interface RefundState {
  readonly id: string;
  readonly status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  readonly amount: number;
  readonly currency: string;
  /** What the payment's charge took, and what has gone back of it so far, this refund included. */
  readonly paidAmount: number;
  readonly refundedAmount: number;
}

/** A session whose creation was asked for and never answered; found among those made in the span. */
export interface WantedSession {
  readonly orderId: string;
  /** Epoch seconds, as asked for: no two attempts of an order ask for the same. */
  readonly expiresAt: number;
  readonly createdFrom: Date;
  readonly createdTo: Date;
}

/** Which events to list: those made from `createdFrom` to `createdTo` (epoch seconds, both included). */
export interface EventQuery {
  readonly types: readonly Stripe.Event['type'][];
  readonly createdFrom: number;
  readonly createdTo: number;
  /** The last event of the page before. */
  readonly startingAfter: string | null;
  /** Only events that no endpoint has accepted yet. */
  readonly undeliveredOnly: boolean;
}

/** Newest first, as Stripe lists them. */
export interface EventPage {
  readonly events: readonly Stripe.Event[];
  readonly hasMore: boolean;
}

/**
 * What Stripe itself knows of payments, for the times when its webhooks do not tell, and money that
 * goes back. Never call it inside a database transaction. Every method throws PaymentProviderError
 * when Stripe gives no usable answer.
 */
export abstract class PaymentsGateway {
  /** The session as it stands now, its `payment_intent` expanded. */
  abstract readSession(sessionId: string): Promise<Stripe.Checkout.Session>;

  /** One that can still be paid; null: there is none. Throws when the span holds too many to be sure. */
  abstract findOpenSession(wanted: WantedSession): Promise<CheckoutSessionState | null>;

  /** One page of at most 100. Stripe keeps events for 30 days. */
  abstract listEvents(query: EventQuery): Promise<EventPage>;

  /** Repeating a call with the same key and request gives the same refund. */
  abstract createRefund(request: RefundRequest, idempotencyKey: string): Promise<RefundState>;
}
