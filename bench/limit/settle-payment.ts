import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import Stripe from 'stripe';

/** A payment from inbox to outbox; an event that was here before does nothing. */
const SETTLE = `
WITH received AS (
  INSERT INTO stripe_events (id, type, object_id, api_version, livemode, created_at,
                             payment_intent_id, outcome, reason, order_id)
  VALUES ($1, $2, $3, $4, false, to_timestamp($5), $6, 'applied', 'payment_confirmed', $7)
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), confirmed AS (
  UPDATE orders o
     SET status = 'confirmed', payment_status = 'paid', stripe_session_id = $3, paid_at = now(),
         updated_at = now()
    FROM received
   WHERE o.id = $7 AND o.status = 'pending' AND o.total_amount = $8 AND o.currency = $9
  RETURNING o.*
), told AS (
  INSERT INTO order_events (order_id, type, data)
  SELECT id, 'order.confirmed',
         jsonb_build_object('sessionId', $3::text, 'paymentIntentId', $6::text,
                            'amount', total_amount, 'currency', currency)
    FROM confirmed
), sessions AS (
  UPDATE checkout_sessions cs
     SET status = CASE WHEN cs.stripe_session_id = $3 THEN 'complete' ELSE 'closing' END,
         url = NULL, next_check_at = NULL, updated_at = now()
    FROM confirmed WHERE cs.order_id = confirmed.id AND cs.status IN ('creating', 'open')
), quiet AS (
  UPDATE notifications n
     SET status = CASE n.status WHEN 'queued' THEN 'cancelled' ELSE n.status END, not_after = now(),
         updated_at = now()
    FROM confirmed
   WHERE n.order_id = confirmed.id AND n.kind IN ('order_confirmation', 'payment_reminder')
     AND coalesce(n.delivery_status, '') NOT IN ('delivered', 'read')
), paid AS (
  INSERT INTO payments (order_id, stripe_payment_intent_id, stripe_session_id, amount, currency)
  SELECT id, $6, $3, total_amount, currency FROM confirmed
), pass AS (
  INSERT INTO pickup_passes (order_id, secret) SELECT id, $10 FROM confirmed
)
INSERT INTO notifications (order_id, customer_id, kind, channel, params)
SELECT c.id, c.customer_id, kind, 'whatsapp',
       json_build_object('orderNumber', c.order_number, 'totalAmount', c.total_amount,
                         'currency', c.currency, 'paymentUrl', NULL, 'paymentExpiresAt', NULL,
                         'items', (SELECT json_agg(json_build_object(
                                            'brand', i.brand, 'model', i.model,
                                            'quantity', i.quantity, 'unitAmount', i.unit_amount)
                                          ORDER BY i.position)
                                     FROM order_items i WHERE i.order_id = c.id))
  FROM confirmed c, unnest(ARRAY['payment_thank_you', 'pickup_qr']) AS kind`;

/** The least that settles `checkout.session.completed`: the signature, one statement. */
export function settlePayments(
  server: FastifyInstance,
  pool: pg.Pool,
  stripe: Stripe,
  secret: string,
): void {
  server.post<{ Body: Buffer }>('/api/webhook/stripe', async ({ body, headers }, reply) => {
    let event: Stripe.Event;
    try {
      event = stripe.webhooks.constructEvent(body, headers['stripe-signature'] ?? '', secret);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
      return reply.status(400).send({ code: 'invalid_signature' });
    }
    const session = event.data.object as Stripe.Checkout.Session;
    await pool.query({
      name: 'settle',
      text: SETTLE,
      values: [
        event.id,
        event.type,
        session.id,
        event.api_version,
        event.created,
        session.payment_intent,
        session.client_reference_id,
        session.amount_total,
        session.currency,
        randomBytes(32),
      ],
    });
    return { received: true };
  });
}
