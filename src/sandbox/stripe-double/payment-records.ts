import type Stripe from 'stripe';
import type { EventLog } from './event-log.js';
import { charge } from './factories/charge.factory.js';
import { completionOf } from './factories/checkout-session.factory.js';
import { paymentIntent } from './factories/payment-intent.factory.js';
import { cardPaymentMethod } from './factories/payment-method.factory.js';
import type { Ledger, SessionRecord } from './ledger.js';
import { lastFour, type Decline, type TestCard } from './test-cards.js';

/** Writes what a try to pay leaves behind: PaymentIntent, Charge, the finished session. */
export class PaymentRecords {
  constructor(
    private readonly ledger: Ledger,
    private readonly log: EventLog,
    private readonly now: () => number,
  ) {}

  /** Checkout creates the PaymentIntent at the first try, not with the session. */
  intentOf(record: SessionRecord): Stripe.PaymentIntent {
    const known = this.triedIntent(record);
    if (known) return known;
    const { session } = record;
    const intent = paymentIntent({
      ...record.intentData,
      amount: session.amount_total ?? 0,
      currency: session.currency ?? 'eur',
      created: this.now(),
      payment_method_types: session.payment_method_types,
      status: 'requires_payment_method',
    });
    this.ledger.intents.set(intent.id, intent);
    record.paymentIntentId = intent.id;
    this.log.emit('payment_intent.created', intent);
    return intent;
  }

  triedIntent({ paymentIntentId }: SessionRecord): Stripe.PaymentIntent | undefined {
    return paymentIntentId ? this.ledger.intents.get(paymentIntentId) : undefined;
  }

  chargeFor(
    record: SessionRecord,
    intent: Stripe.PaymentIntent,
    extra: Partial<Stripe.Charge>,
  ): Stripe.Charge {
    const made = charge({
      amount: intent.amount,
      currency: intent.currency,
      created: this.now(),
      description: intent.description,
      metadata: intent.metadata,
      payment_intent: intent.id,
      ...extra,
    });
    made.billing_details.email = record.session.customer_email;
    this.ledger.charges.set(made.id, made);
    intent.latest_charge = made.id;
    return made;
  }

  /** The intent goes back to where another card may be tried. */
  refuse(
    intent: Stripe.PaymentIntent,
    card: TestCard,
    decline: Decline,
    chargeId: string | null,
  ): void {
    intent.status = 'requires_payment_method';
    intent.payment_method = null;
    intent.last_payment_error = {
      type: 'card_error',
      code: decline.code,
      doc_url: `https://docs.stripe.com/error-codes/${decline.code.replaceAll('_', '-')}`,
      message: decline.message,
      payment_method: cardPaymentMethod({ brand: card.brand, last4: lastFour(card) }),
      ...(chargeId ? { charge: chargeId } : {}),
      ...(decline.declineCode ? { decline_code: decline.declineCode } : {}),
    };
  }

  complete(
    { session }: SessionRecord,
    intent: Stripe.PaymentIntent,
    paymentStatus: 'paid' | 'unpaid',
  ): void {
    Object.assign(session, completionOf(session));
    session.status = 'complete';
    session.payment_status = paymentStatus;
    session.payment_intent = intent.id;
  }
}
