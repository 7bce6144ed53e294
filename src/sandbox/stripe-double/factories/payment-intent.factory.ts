import type Stripe from 'stripe';
import { newPaymentIntentId, newSecretOf } from '../stripe-ids.js';
import { secondsNow } from './checkout-session.factory.js';

/**
 * A whole PaymentIntent as Checkout creates it at API 2026-10-28.endive; succeeded unless `status`
 * says otherwise. Amounts in minor units.
 */
export function paymentIntent(overrides: Partial<Stripe.PaymentIntent> = {}): Stripe.PaymentIntent {
  const id = overrides.id ?? newPaymentIntentId();
  const status = overrides.status ?? 'succeeded';
  const amount = overrides.amount ?? 25990;
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: status === 'succeeded' ? amount : 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: newSecretOf(id),
    confirmation_method: 'automatic',
    created: secondsNow(),
    currency: 'eur',
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic',
      },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
    ...overrides,
  } satisfies Stripe.PaymentIntent;
}
