import type Stripe from 'stripe';
import { idOf, orderIdIn } from './stripe-event.handler.js';

/** What a Checkout Session says of its order and money; amount in minor units, null where Stripe says none. */
export const reportedPayment = (eventId: string, session: Stripe.Checkout.Session) => ({
  eventId,
  sessionId: session.id,
  sessionExpiresAt: session.expires_at,
  orderId: orderIdIn(session.metadata) ?? session.client_reference_id,
  paymentIntentId: idOf(session.payment_intent),
  amount: session.amount_total,
  currency: session.currency,
});
