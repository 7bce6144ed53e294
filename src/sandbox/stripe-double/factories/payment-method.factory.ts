import type Stripe from 'stripe';
import { newId } from '../stripe-ids.js';
import { NO_ADDRESS, secondsNow } from './checkout-session.factory.js';

/** What a card shows of itself, on charges and payment methods alike. */
export interface CardFace {
  readonly brand: string;
  readonly last4: string;
}

const VISA: CardFace = { brand: 'visa', last4: '4242' };

/** `payment_method_details.card` of a Charge; `amount` is what was authorised, in minor units. */
export const cardDetails = (
  amount: number,
  face: CardFace = VISA,
  threeDSecure: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure | null = null,
): Stripe.Charge.PaymentMethodDetails.Card => ({
  amount_authorized: amount,
  authorization_code: '123456',
  brand: face.brand,
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
  country: 'FR',
  electronic_commerce_indicator: null,
  exp_month: 12,
  exp_year: 2034,
  extended_authorization: { status: 'disabled' },
  fingerprint: `Sandbox${face.last4}`,
  funding: 'credit',
  incremental_authorization: { status: 'unavailable' },
  installments: null,
  last4: face.last4,
  mandate: null,
  multicapture: { status: 'unavailable' },
  network: face.brand,
  network_token: { used: false },
  network_transaction_id: '104102978678771',
  overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
  regulated_status: 'unregulated',
  three_d_secure: threeDSecure,
  transaction_link_id: null,
  wallet: null,
});

/** A whole card PaymentMethod at API 2026-10-28.endive, as `last_payment_error` carries it. */
export function cardPaymentMethod(face: CardFace = VISA): Stripe.PaymentMethod {
  return {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'limited',
    billing_details: {
      address: { ...NO_ADDRESS, country: 'GP' },
      email: null,
      name: null,
      phone: null,
      tax_id: null,
    },
    card: {
      brand: face.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'FR',
      display_brand: face.brand,
      exp_month: 12,
      exp_year: 2034,
      fingerprint: `Sandbox${face.last4}`,
      funding: 'credit',
      generated_from: null,
      last4: face.last4,
      networks: { available: [face.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: secondsNow(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  } satisfies Stripe.PaymentMethod;
}
