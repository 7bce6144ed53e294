import type Stripe from 'stripe';

/** An order as it stands in the metadata of its sessions; the amount in minor units. */
export interface OrderByHand {
  readonly id: string;
  readonly orderNumber: string;
  readonly currency: string;
  readonly totalAmount: number;
}

/** A session that the shop did not ask for: made in Stripe's dashboard, with our metadata. */
export function sessionByHand({
  id,
  orderNumber,
  currency,
  totalAmount,
}: OrderByHand): Stripe.Checkout.SessionCreateParams {
  const metadata = { orderId: id, orderNumber };
  return {
    mode: 'payment',
    metadata,
    payment_intent_data: { metadata },
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency,
          unit_amount: totalAmount,
          product_data: { name: 'By hand' },
        },
      },
    ],
    success_url: 'http://shop.test/thanks',
  };
}
