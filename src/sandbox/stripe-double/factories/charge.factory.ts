import type Stripe from 'stripe';
import { newChargeId, newId, newPaymentIntentId } from '../stripe-ids.js';
import { NO_ADDRESS, secondsNow } from './checkout-session.factory.js';
import { cardDetails } from './payment-method.factory.js';

const APPROVED = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: 'approved_by_network',
  reason: null,
  risk_level: 'normal',
  risk_score: 12,
  seller_message: 'Payment complete.',
  type: 'authorized',
} satisfies Stripe.Charge.Outcome;

/** A whole Charge at API 2026-10-28.endive, paid by card unless told otherwise. Amounts in minor units. */
export function charge(overrides: Partial<Stripe.Charge> = {}): Stripe.Charge {
  const amount = overrides.amount ?? 25990;
  const status = overrides.status ?? 'succeeded';
  const succeeded = status === 'succeeded';
  return {
    id: newChargeId(),
    object: 'charge',
    amount,
    amount_captured: succeeded ? amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: succeeded ? newId('txn') : null,
    billing_details: {
      address: { ...NO_ADDRESS, country: 'GP' },
      email: null,
      name: null,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: 'SANDBOX',
    captured: succeeded,
    created: secondsNow(),
    currency: 'eur',
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: APPROVED,
    paid: succeeded,
    payment_intent: newPaymentIntentId(),
    payment_method: newId('pm'),
    payment_method_details: { card: cardDetails(amount), type: 'card' },
    radar_options: {},
    receipt_email: null,
    receipt_number: null,
    receipt_url: succeeded ? 'https://pay.stripe.com/receipts/sandbox' : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
    ...overrides,
  } satisfies Stripe.Charge;
}
