import type Stripe from 'stripe';
import { newChargeId, newId, newPaymentIntentId, newRefundId } from '../stripe-ids.js';
import { secondsNow } from './checkout-session.factory.js';

/** A whole Refund to a card at API 2026-10-28.endive. `amount` in minor units. */
export function refund(overrides: Partial<Stripe.Refund> = {}): Stripe.Refund {
  return {
    id: newRefundId(),
    object: 'refund',
    amount: 25990,
    balance_transaction: newId('txn'),
    charge: newChargeId(),
    created: secondsNow(),
    currency: 'eur',
    customer: null,
    customer_account: null,
    destination_details: {
      card: {
        reference_status: 'pending',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
    metadata: {},
    payment_intent: newPaymentIntentId(),
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
    ...overrides,
  } satisfies Stripe.Refund;
}
