import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import type { OrderSettlement } from '../../orders/order-settlement.service.js';
import { applied, type HandledEvent, ignored, orderIdIn } from './stripe-event.handler.js';

/**
 * A payment attempt that came to nothing changes no state: the session stays open and the customer may
 * try another card. It is only noted in the timeline of an order that still waits.
 */
export async function notePaymentAttempt(
  orders: OrderSettlement,
  manager: EntityManager,
  intent: Stripe.PaymentIntent,
  event: 'payment.declined' | 'payment.canceled',
): Promise<HandledEvent> {
  const order = await orders.lock(manager, {
    sessionId: null,
    orderId: orderIdIn(intent.metadata),
  });
  if (!order) return ignored('unknown_order');
  if (order.status !== 'pending') return ignored('not_pending', order.id);
  await orders.note(manager, order, event, {
    paymentIntentId: intent.id,
    reason:
      intent.last_payment_error?.decline_code ??
      intent.last_payment_error?.code ??
      intent.cancellation_reason,
  });
  return applied(event.replace('.', '_'), order.id);
}
