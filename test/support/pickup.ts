import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { payOrder, type OrderInput, placeOrder } from './factories.js';
import { whatsappTo } from './outbox.js';
import { readQrCode } from './qr-code.js';
import type { TestApp } from './test-app.js';

/** A paid order with what its customer holds in hand. */
export interface CollectableOrder {
  readonly order: OrderResponse;
  /** Public URL of the image that went out by WhatsApp. */
  readonly imageUrl: string;
  /** What a phone reads in it. */
  readonly token: string;
}

/** Placed, paid, and every message delivered. */
export async function collectableOrder(
  app: TestApp,
  input: OrderInput = {},
): Promise<CollectableOrder> {
  const order = await payOrder(app, await placeOrder(app, input));
  await app.drain();
  await app.doubles.twilio.settled();
  const qr = whatsappTo(app, order).find(({ mediaUrls }) => mediaUrls.length > 0);
  const [media] = qr?.media ?? [];
  if (!media) throw new Error('no image reached the customer');
  return { order, imageUrl: media.url, token: readQrCode(media.bytes) };
}

/** All of it, or `amount` in minor units, given back at Stripe and told by its webhook. */
export async function refundOrder(
  app: TestApp,
  order: OrderResponse,
  amount?: number,
): Promise<void> {
  const { payment_intent: intent } = app.doubles.stripe.session(order.stripeSessionId!);
  if (typeof intent !== 'string') throw new Error('the order was not paid');
  app.doubles.stripe.refund(intent, amount);
  await app.doubles.stripe.deliverPending();
}
