import type Stripe from 'stripe';
import type { EventRecord } from './event-log.js';
import type { KeyRecord } from './idempotency-keys.js';

/** A Checkout Session with what Stripe keeps behind it. */
export interface SessionRecord {
  session: Stripe.Checkout.Session;
  lineItems: Stripe.LineItem[];
  /** What its PaymentIntent will carry. */
  intentData: Partial<Stripe.PaymentIntent>;
  /** Set from the first attempt to pay on, even while the session itself still shows none. */
  paymentIntentId: string | null;
  /** Number of the test card whose bank is asking the customer right now. */
  challengedCard: string | null;
}

/** Everything the double knows of the money; plain JSON when written down. */
export class Ledger {
  readonly sessions = new Map<string, SessionRecord>();
  readonly intents = new Map<string, Stripe.PaymentIntent>();
  readonly charges = new Map<string, Stripe.Charge>();
  readonly refunds = new Map<string, Stripe.Refund>();
  readonly disputes = new Map<string, Stripe.Dispute>();

  sessionOfIntent(paymentIntentId: string): SessionRecord | undefined {
    return [...this.sessions.values()].find((one) => one.paymentIntentId === paymentIntentId);
  }

  chargeOfIntent(paymentIntentId: string): Stripe.Charge | undefined {
    const charge = this.intents.get(paymentIntentId)?.latest_charge;
    return typeof charge === 'string' ? this.charges.get(charge) : undefined;
  }

  forget(): void {
    const { sessions, intents, charges, refunds, disputes } = this;
    for (const kept of [sessions, intents, charges, refunds, disputes]) kept.clear();
  }

  toState(): LedgerState {
    return {
      sessions: [...this.sessions.values()],
      intents: [...this.intents.values()],
      charges: [...this.charges.values()],
      refunds: [...this.refunds.values()],
      disputes: [...this.disputes.values()],
    };
  }

  restore(state: LedgerState): void {
    for (const record of state.sessions) this.sessions.set(record.session.id, record);
    for (const intent of state.intents) this.intents.set(intent.id, intent);
    for (const charge of state.charges) this.charges.set(charge.id, charge);
    for (const refund of state.refunds) this.refunds.set(refund.id, refund);
    for (const dispute of state.disputes) this.disputes.set(dispute.id, dispute);
  }
}

export interface LedgerState {
  readonly sessions: SessionRecord[];
  readonly intents: Stripe.PaymentIntent[];
  readonly charges: Stripe.Charge[];
  readonly refunds: Stripe.Refund[];
  readonly disputes: Stripe.Dispute[];
}

/** All a snapshot of the Stripe double holds. */
export interface StripeDoubleState {
  readonly ledger: LedgerState;
  readonly events: EventRecord[];
  readonly idempotencyKeys: readonly KeyRecord[];
}
