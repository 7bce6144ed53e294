import type Stripe from 'stripe';
import type { Disputes } from './disputes.js';
import type { EventLog } from './event-log.js';
import type { Ledger, SessionRecord } from './ledger.js';
import { almaMethod, cardMethod, sepaMethod, type UsedMethod } from './payment-methods.js';
import { PaymentRecords } from './payment-records.js';
import type { Sessions } from './sessions.js';
import { newId } from './stripe-ids.js';
import {
  AUTHENTICATION_FAILED,
  DEBIT_FAILED,
  findTestCard,
  type Decline,
  type TestCard,
} from './test-cards.js';

/** What the customer sees after a try; `processing` is a delayed method whose money is still to come. */
export type PaymentOutcome =
  | { readonly result: 'paid' | 'processing' | 'challenge' }
  | { readonly result: 'declined'; readonly decline: Decline };

/** The number of a card of docs.stripe.com/testing, or a method of another kind. */
export type PayWith = 'sepa' | 'alma' | (string & {});

/** What the customer and their bank do on the hosted page, and the events Stripe makes of it. */
export class Payments {
  private readonly records: PaymentRecords;

  constructor(
    private readonly ledger: Ledger,
    private readonly log: EventLog,
    private readonly sessions: Sessions,
    private readonly disputes: Disputes,
    now: () => number,
  ) {
    this.records = new PaymentRecords(ledger, log, now);
  }

  /** Throws for a session that is not open and for a number that is no test card. */
  pay(sessionId: string, payWith: PayWith): PaymentOutcome {
    const record = this.openRecord(sessionId);
    if (payWith === 'sepa') return this.startDebit(record);
    if (payWith === 'alma') return this.succeed(record, almaMethod());
    const card = findTestCard(payWith);
    if (!card) throw new Error('not one of the test cards of docs.stripe.com/testing');
    const intent = this.records.intentOf(record);
    if (card.decline) return this.decline(record, intent, card, card.decline);
    if (card.outcome === 'challenge') return this.askTheBank(record, intent, card);
    return this.succeed(record, cardMethod(card, intent.amount), card);
  }

  /** The customer's answer on their bank's page. */
  challenge(sessionId: string, decision: 'approve' | 'refuse'): PaymentOutcome {
    const record = this.openRecord(sessionId);
    const card = record.challengedCard ? findTestCard(record.challengedCard) : undefined;
    if (!card) throw new Error('no bank is waiting for an answer on this session');
    record.challengedCard = null;
    const intent = this.records.intentOf(record);
    intent.next_action = null;
    if (decision === 'approve') {
      return this.succeed(record, cardMethod(card, intent.amount, true), card);
    }
    this.records.refuse(intent, card, AUTHENTICATION_FAILED, null);
    this.log.emit('payment_intent.payment_failed', intent);
    return { result: 'declined', decline: AUTHENTICATION_FAILED };
  }

  /** Days later, the bank has paid the direct debit or not. */
  settleDelayed(sessionId: string, result: 'succeeded' | 'failed'): void {
    const record = this.sessions.get(sessionId);
    const intent = this.records.triedIntent(record);
    const debit = intent && this.ledger.chargeOfIntent(intent.id);
    if (!debit || intent.status !== 'processing')
      throw new Error('no delayed payment is under way');
    if (result === 'succeeded') this.settle(record.session, intent, debit);
    else this.bounce(record.session, intent, debit);
  }

  private openRecord(sessionId: string): SessionRecord {
    const record = this.sessions.get(sessionId);
    if (record.session.status === 'open') return record;
    throw new Error(`the session is ${record.session.status}`);
  }

  private askTheBank(
    record: SessionRecord,
    intent: Stripe.PaymentIntent,
    card: TestCard,
  ): PaymentOutcome {
    record.challengedCard = card.number;
    intent.status = 'requires_action';
    intent.next_action = {
      type: 'redirect_to_url',
      redirect_to_url: { url: `${record.session.url}/challenge`, return_url: record.session.url },
    };
    this.log.emit('payment_intent.requires_action', intent);
    return { result: 'challenge' };
  }

  /** The session stays open: the customer may try another card. */
  private decline(
    record: SessionRecord,
    intent: Stripe.PaymentIntent,
    card: TestCard,
    decline: Decline,
  ): PaymentOutcome {
    const failed = this.records.chargeFor(record, intent, {
      ...cardMethod(card, intent.amount).chargeFields,
      status: 'failed',
      failure_code: decline.code,
      failure_message: decline.message,
      outcome: {
        advice_code: 'try_again_later',
        network_advice_code: null,
        network_decline_code: '05',
        network_status: 'declined_by_network',
        reason: decline.declineCode ?? decline.code,
        risk_level: 'normal',
        risk_score: 12,
        seller_message: 'The bank did not return any further details with this decline.',
        type: 'issuer_declined',
      },
    });
    this.records.refuse(intent, card, decline, failed.id);
    this.log.emit('charge.failed', failed);
    this.log.emit('payment_intent.payment_failed', intent);
    return { result: 'declined', decline };
  }

  private succeed(record: SessionRecord, method: UsedMethod, card?: TestCard): PaymentOutcome {
    const intent = this.records.intentOf(record);
    const paid = this.records.chargeFor(record, intent, method.chargeFields);
    intent.status = 'succeeded';
    intent.amount_received = intent.amount;
    intent.last_payment_error = null;
    intent.next_action = null;
    intent.payment_method = method.id;
    this.records.complete(record, intent, 'paid');
    this.log.emit('charge.succeeded', paid);
    this.log.emit('payment_intent.succeeded', intent);
    this.log.emit('checkout.session.completed', record.session);
    if (card?.outcome === 'disputed') this.disputes.open(intent.id);
    return { result: 'paid' };
  }

  private startDebit(record: SessionRecord): PaymentOutcome {
    const intent = this.records.intentOf(record);
    const method = sepaMethod();
    const fields = { ...method.chargeFields, status: 'pending' };
    const pending = this.records.chargeFor(record, intent, fields);
    intent.status = 'processing';
    intent.last_payment_error = null;
    intent.payment_method = method.id;
    this.records.complete(record, intent, 'unpaid');
    this.log.emit('charge.pending', pending);
    this.log.emit('payment_intent.processing', intent);
    this.log.emit('checkout.session.completed', record.session);
    return { result: 'processing' };
  }

  private settle(
    session: Stripe.Checkout.Session,
    intent: Stripe.PaymentIntent,
    debit: Stripe.Charge,
  ): void {
    debit.status = 'succeeded';
    debit.paid = true;
    debit.captured = true;
    debit.amount_captured = debit.amount;
    debit.balance_transaction = newId('txn');
    intent.status = 'succeeded';
    intent.amount_received = intent.amount;
    session.payment_status = 'paid';
    this.log.emit('charge.succeeded', debit);
    this.log.emit('payment_intent.succeeded', intent);
    this.log.emit('checkout.session.async_payment_succeeded', session);
  }

  private bounce(
    session: Stripe.Checkout.Session,
    intent: Stripe.PaymentIntent,
    debit: Stripe.Charge,
  ): void {
    debit.status = 'failed';
    debit.failure_code = DEBIT_FAILED.code;
    debit.failure_message = DEBIT_FAILED.message;
    intent.status = 'requires_payment_method';
    intent.payment_method = null;
    intent.last_payment_error = {
      type: 'invalid_request_error',
      code: DEBIT_FAILED.code,
      message: DEBIT_FAILED.message,
      charge: debit.id,
    };
    this.log.emit('charge.failed', debit);
    this.log.emit('payment_intent.payment_failed', intent);
    this.log.emit('checkout.session.async_payment_failed', session);
  }
}
