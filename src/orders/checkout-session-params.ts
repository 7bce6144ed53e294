import type { AppConfig } from '../config/app-config.js';
import type { CheckoutSessionParams } from '../stripe/checkout.gateway.js';

/** Minor units. */
export interface PayableLine {
  readonly brand: string;
  readonly model: string;
  readonly quantity: number;
  readonly unitAmount: number;
}

/** An order as Stripe must see it. */
export interface PayableOrder {
  readonly id: string;
  readonly orderNumber: string;
  readonly customerId: string;
  readonly currency: string;
  readonly items: readonly PayableLine[];
}

type AllowedMethods = CheckoutSessionParams['allowed_payment_method_types'];

/**
 * Everything a Checkout Session of ours says. `metadata` is given twice because Stripe does not copy a
 * session's to its payment; adaptive pricing is off so that amount and currency can be compared exactly.
 */
export function checkoutSessionParams(
  order: PayableOrder,
  expiresAt: Date,
  config: Pick<AppConfig, 'http' | 'stripe'>,
): CheckoutSessionParams {
  const metadata = {
    orderId: order.id,
    orderNumber: order.orderNumber,
    customerId: order.customerId,
  };
  return {
    ...commonSessionParams(order.id, config),
    metadata,
    payment_intent_data: { metadata },
    line_items: order.items.map(({ brand, model, quantity, unitAmount }) => ({
      quantity,
      price_data: {
        currency: order.currency,
        unit_amount: unitAmount,
        product_data: { name: `${brand} ${model}` },
      },
    })),
    expires_at: Math.floor(expiresAt.getTime() / 1_000),
  };
}

/** What can be said before the order is written. */
export const commonSessionParams = (
  orderId: string,
  { http: { appUrl }, stripe }: Pick<AppConfig, 'http' | 'stripe'>,
): CheckoutSessionParams => ({
  mode: 'payment',
  locale: 'fr',
  client_reference_id: orderId,
  allowed_payment_method_types: [...stripe.paymentMethods] as AllowedMethods,
  adaptive_pricing: { enabled: false },
  success_url: `${appUrl}/payment/success?session_id={CHECKOUT_SESSION_ID}`,
  cancel_url: `${appUrl}/payment/cancel?order_id=${orderId}`,
});
