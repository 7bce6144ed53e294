import type Stripe from 'stripe';
import { newId } from '../stripe-ids.js';
import { secondsNow } from './checkout-session.factory.js';

/** One line of a Checkout Session made from `price_data`; amounts in minor units. */
export function lineItem(
  name: string,
  unitAmount: number,
  quantity: number,
  currency: string,
): Stripe.LineItem {
  const amount = unitAmount * quantity;
  const price: Omit<Stripe.Price, 'unit_amount_decimal'> & { unit_amount_decimal: string } = {
    id: newId('price'),
    object: 'price',
    active: false,
    billing_scheme: 'per_unit',
    created: secondsNow(),
    currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: newId('prod'),
    recurring: null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: unitAmount,
    unit_amount_decimal: String(unitAmount),
  };
  return {
    id: newId('li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency,
    description: name,
    metadata: {},
    // On the wire a decimal is a string; the SDK's type is what it becomes after parsing.
    price: price as unknown as Stripe.Price,
    quantity,
  } satisfies Stripe.LineItem;
}
