import { expect } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { makeDue, messagesOf, sessionsAtStripe, stockOf } from './checkout.js';
import { readOrder } from './factories.js';
import type { TestApp } from './test-app.js';

/** Cancelled with its ten pieces back, once and for all: whatever the word of Stripe that still comes, nothing is done twice. */
export async function expectCancelled(
  app: TestApp,
  order: OrderResponse,
  reason: string,
): Promise<void> {
  const check = async () => {
    expect(await readOrder(app, order.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'failed',
      cancelReason: reason,
      paymentUrl: null,
      paymentExpiresAt: null,
      paidAt: null,
    });
    expect(await stockOf(app, order.items[0]!.sku)).toBe(10);
    const told = await messagesOf(app, order.id);
    expect(told.filter((line) => line.startsWith('order_cancelled'))).toEqual([
      'order_cancelled whatsapp queued',
    ]);
    expect(told.filter((line) => line.startsWith('payment_link_expired'))).toEqual([]);
    expect(sessionsAtStripe(app, order.id).filter(({ status }) => status === 'open')).toEqual([]);
  };
  await check();
  await app.doubles.stripe.deliverPending();
  await makeDue(app, order.id);
  await app.tickCheckout();
  await check();
}
