import type Stripe from 'stripe';
import type { Disputes } from './disputes.js';
import { NO_CAUSE, type Cause, type EventLog } from './event-log.js';
import { refund } from './factories/refund.factory.js';
import type { FormObject } from './form-body.js';
import type { Ledger } from './ledger.js';
import { ParameterReader } from './parameter-reader.js';
import { refuseUnknownParameters } from './session-parameters.js';
import { invalidRequest, missing, noSuch } from './stripe-error.js';

/** Amounts in minor units; without one, all that is left is given back. */
export interface RefundRequest {
  readonly paymentIntentId: string;
  readonly amount?: number;
  readonly reason?: Stripe.Refund.Reason;
  readonly metadata?: Record<string, string>;
}

/** Gives money back, never more than was paid (docs.stripe.com/api/refunds/create). */
export class Refunds {
  constructor(
    private readonly ledger: Ledger,
    private readonly log: EventLog,
    private readonly disputes: Disputes,
    private readonly now: () => number,
  ) {}

  read(body: FormObject): RefundRequest {
    refuseUnknownParameters(body, 'refund');
    const params = new ParameterReader(body);
    const amount = params.integer('amount');
    if (amount !== null && amount < 1) {
      throw invalidRequest('Invalid positive integer', 'parameter_invalid_integer', 'amount');
    }
    const reason = params.oneOf('reason', ['duplicate', 'fraudulent', 'requested_by_customer']);
    return {
      paymentIntentId: this.intentNamed(params),
      metadata: params.metadata(),
      ...(amount === null ? {} : { amount }),
      ...(reason === null ? {} : { reason }),
    };
  }

  create(request: RefundRequest, cause: Cause = NO_CAUSE): Stripe.Refund {
    const { paymentIntentId } = request;
    if (!this.ledger.intents.has(paymentIntentId))
      throw noSuch('payment_intent', paymentIntentId, 'payment_intent');
    const charge = this.ledger.chargeOfIntent(paymentIntentId);
    if (!charge?.paid) {
      throw invalidRequest(
        `This PaymentIntent (${paymentIntentId}) does not have a successful charge to refund.`,
      );
    }
    if (this.disputes.holds(charge)) {
      throw invalidRequest(
        `Charge ${charge.id} has been charged back; cannot issue a refund.`,
        'charge_disputed',
      );
    }
    const left = charge.amount - charge.amount_refunded;
    if (left === 0) {
      throw invalidRequest(
        `Charge ${charge.id} has already been refunded.`,
        'charge_already_refunded',
      );
    }
    const amount = request.amount ?? left;
    if (amount > left) {
      throw invalidRequest(
        `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
        undefined,
        'amount',
      );
    }
    const made = refund({
      amount,
      charge: charge.id,
      created: this.now(),
      currency: charge.currency,
      metadata: request.metadata ?? {},
      payment_intent: paymentIntentId,
      reason: request.reason ?? null,
    });
    this.ledger.refunds.set(made.id, made);
    const previousAttributes = {
      amount_refunded: charge.amount_refunded,
      refunded: charge.refunded,
    };
    charge.amount_refunded += amount;
    charge.refunded = charge.amount_refunded === charge.amount;
    this.log.emit('refund.created', made, { request: cause });
    this.log.emit('charge.refunded', charge, { request: cause, previousAttributes });
    return made;
  }

  /** A failed refund is money that Stripe has again: the charge counts it no longer. */
  settle(refundId: string, status: 'succeeded' | 'failed'): Stripe.Refund {
    const settled = this.ledger.refunds.get(refundId);
    if (!settled || settled.status === 'failed') throw new Error('no such refund can change');
    const previousAttributes = { status: settled.status };
    settled.status = status;
    if (status === 'failed') {
      settled.failure_reason = 'expired_or_canceled_card';
      const { charge: chargeId } = settled;
      const charge = typeof chargeId === 'string' && this.ledger.charges.get(chargeId);
      if (charge) {
        charge.amount_refunded -= settled.amount;
        charge.refunded = false;
      }
      this.log.emit('refund.failed', settled, { previousAttributes });
    }
    this.log.emit('refund.updated', settled, { previousAttributes });
    return settled;
  }

  private intentNamed(params: ParameterReader): string {
    const intent = params.string('payment_intent');
    if (intent) return intent;
    const chargeId = params.string('charge');
    if (!chargeId) throw missing('payment_intent');
    const paidBy = this.ledger.charges.get(chargeId)?.payment_intent;
    if (typeof paidBy !== 'string') throw noSuch('charge', chargeId, 'charge');
    return paidBy;
  }
}
