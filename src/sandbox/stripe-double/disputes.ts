import type Stripe from 'stripe';
import type { EventLog } from './event-log.js';
import { dispute } from './factories/dispute.factory.js';
import type { Ledger } from './ledger.js';

const UNDER_WAY: ReadonlySet<string> = new Set(['needs_response', 'under_review']);

/** What a bank asks back, and how it decides (docs.stripe.com/disputes/how-disputes-work). */
export class Disputes {
  constructor(
    private readonly ledger: Ledger,
    private readonly log: EventLog,
    private readonly now: () => number,
  ) {}

  /** Of the whole charge. Throws for a payment that was never made. */
  open(paymentIntentId: string): Stripe.Dispute {
    const charge = this.ledger.chargeOfIntent(paymentIntentId);
    if (!charge?.paid) throw new Error('nothing was paid that could be disputed');
    const opened = dispute({
      amount: charge.amount,
      charge: charge.id,
      created: this.now(),
      currency: charge.currency,
      payment_intent: paymentIntentId,
    });
    charge.disputed = true;
    this.ledger.disputes.set(opened.id, opened);
    this.log.emit('charge.dispute.created', opened);
    return opened;
  }

  /** Throws for a dispute that is not under way. */
  close(disputeId: string, result: 'won' | 'lost'): Stripe.Dispute {
    const closed = this.ledger.disputes.get(disputeId);
    if (!closed || !UNDER_WAY.has(closed.status)) throw new Error('no such dispute is under way');
    const { status } = closed;
    closed.status = result;
    this.log.emit('charge.dispute.closed', closed, { previousAttributes: { status } });
    return closed;
  }

  /** The one of a payment that is under way. */
  underWay(paymentIntentId: string): Stripe.Dispute | undefined {
    return [...this.ledger.disputes.values()].find(
      (one) => one.payment_intent === paymentIntentId && UNDER_WAY.has(one.status),
    );
  }

  /** Stripe refunds no charge whose money the bank has, or may get. */
  holds({ id }: Stripe.Charge): boolean {
    return [...this.ledger.disputes.values()].some(
      ({ charge, status }) => charge === id && (UNDER_WAY.has(status) || status === 'lost'),
    );
  }
}
