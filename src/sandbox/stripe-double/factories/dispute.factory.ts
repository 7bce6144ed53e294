import type Stripe from 'stripe';
import { newChargeId, newDisputeId, newId, newPaymentIntentId } from '../stripe-ids.js';
import { secondsNow } from './checkout-session.factory.js';

/** A plausible fee, in minor units: nothing may depend on its value. */
const DISPUTE_FEE_AMOUNT = 2000;
const WEEK_SECONDS = 7 * 24 * 3600;

const NO_EVIDENCE = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
} satisfies Stripe.Dispute.Evidence;

const withdrawal = (
  disputeId: string,
  amount: number,
  currency: string,
  created: number,
): Stripe.BalanceTransaction => ({
  id: newId('txn'),
  object: 'balance_transaction',
  amount: -amount,
  available_on: created,
  balance_type: 'payments',
  created,
  currency,
  description: 'Chargeback withdrawal',
  exchange_rate: null,
  fee: DISPUTE_FEE_AMOUNT,
  fee_details: [
    {
      amount: DISPUTE_FEE_AMOUNT,
      application: null,
      currency,
      description: 'Dispute fee',
      type: 'stripe_fee',
    },
  ],
  net: -amount - DISPUTE_FEE_AMOUNT,
  reporting_category: 'dispute',
  source: disputeId,
  status: 'available',
  type: 'adjustment',
});

/** A whole card Dispute at API 2026-10-28.endive, opened as fraudulent. `amount` in minor units. */
export function dispute(overrides: Partial<Stripe.Dispute> = {}): Stripe.Dispute {
  const id = overrides.id ?? newDisputeId();
  const amount = overrides.amount ?? 25990;
  const currency = overrides.currency ?? 'eur';
  const created = overrides.created ?? secondsNow();
  return {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [withdrawal(id, amount, currency, created)],
    charge: newChargeId(),
    created,
    currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: created + WEEK_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: newPaymentIntentId(),
    payment_method_details: {
      card: {
        brand: 'visa',
        case_type: 'chargeback',
        network: 'visa',
        network_reason_code: '10.4',
      },
      type: 'card',
    },
    reason: 'fraudulent',
    status: 'needs_response',
    ...overrides,
  } satisfies Stripe.Dispute;
}
