import type Stripe from 'stripe';
import { cardDetails } from './factories/payment-method.factory.js';
import { newId } from './stripe-ids.js';
import { lastFour, type TestCard } from './test-cards.js';

/** The method a customer used, as a Charge shows it. */
export interface UsedMethod {
  readonly id: string;
  readonly chargeFields: Pick<Stripe.Charge, 'payment_method' | 'payment_method_details'>;
}

const used = (details: Stripe.Charge.PaymentMethodDetails): UsedMethod => {
  const id = newId('pm');
  return { id, chargeFields: { payment_method: id, payment_method_details: details } };
};

const AUTHENTICATED: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  transaction_id: '5e3d6f0c-7f0a-4c0e-9d0e-2f1f6f1d3b11',
  version: '2.2.0',
};

export const cardMethod = (card: TestCard, amount: number, authenticated = false): UsedMethod =>
  used({
    card: cardDetails(
      amount,
      { brand: card.brand, last4: lastFour(card) },
      authenticated ? AUTHENTICATED : null,
    ),
    type: 'card',
  });

/** Paid at once to the shop, whatever the customer's instalments (docs.stripe.com/payments/alma). */
export const almaMethod = (): UsedMethod =>
  used({ alma: { installments: { count: 4 }, transaction_id: 'payment_sandbox' }, type: 'alma' });

export const sepaMethod = (): UsedMethod =>
  used({
    sepa_debit: {
      bank_code: '20041',
      branch_code: '01005',
      country: 'FR',
      fingerprint: 'SandboxSepa',
      last4: '2606',
      mandate: newId('mandate'),
    },
    type: 'sepa_debit',
  });
