import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type Stripe from 'stripe';

interface Body {
  readonly customer: { readonly phoneNumber: string; readonly firstName?: string };
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
}

interface Placed {
  readonly id: string;
  readonly orderNumber: string;
  readonly totalAmount: number;
  readonly params: Stripe.Checkout.SessionCreateParams;
  readonly items: readonly Record<string, unknown>[];
  readonly customer: Record<string, unknown>;
  readonly createdAt: Date;
}

/** Everything before Stripe is asked: customer, stock, order, lines, timeline, intent. */
const PLACE = `
WITH wanted AS (
  SELECT p.id, p.sku, p.brand, p.model, p.unit_amount, w.quantity, w.position
    -- The limit leaves nothing out: it has PostgreSQL expect few lines, and look products up by key.
    FROM (SELECT * FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS w (sku, quantity, position)
           LIMIT cardinality($2::text[])) AS w
    JOIN products p USING (sku)
   ORDER BY p.id FOR UPDATE OF p
), taken AS (
  UPDATE products p SET stock = p.stock - wanted.quantity, updated_at = now()
    FROM (SELECT * FROM wanted LIMIT cardinality($2::text[])) AS wanted
   WHERE p.id = wanted.id AND p.stock >= wanted.quantity AND p.active
  RETURNING wanted.*
), customer AS (
  INSERT INTO customers (phone_number, first_name, locale) VALUES ($1, $4, 'fr')
  ON CONFLICT (phone_number) DO UPDATE SET
    first_name = coalesce(excluded.first_name, customers.first_name), updated_at = now()
  RETURNING id, first_name, last_name, email, phone_number
), placed AS (
  INSERT INTO orders (order_number, customer_id, currency, total_amount)
  SELECT 'GC-2026-' || lpad(nextval('order_number_seq')::text, 6, '0'), customer.id, 'eur',
         (SELECT sum(quantity * unit_amount) FROM taken)
    FROM customer
  RETURNING id, order_number, total_amount, created_at
), lines AS (
  INSERT INTO order_items (order_id, position, product_id, sku, brand, model, quantity, unit_amount,
                           line_amount)
  SELECT placed.id, position, taken.id, sku, brand, model, quantity, unit_amount,
         quantity * unit_amount
    FROM placed, taken
  RETURNING position, sku, brand, model, quantity, unit_amount, line_amount
), told AS (
  INSERT INTO order_events (order_id, type, data)
  SELECT id, 'order.placed', jsonb_build_object('totalAmount', total_amount, 'currency', 'eur')
    FROM placed
), intent AS (
  INSERT INTO checkout_sessions (order_id, attempt, idempotency_key, params, expires_at,
                                 announcement, calls, next_attempt_at)
  SELECT placed.id, 1, 'cs:' || placed.id || ':1',
         jsonb_build_object(
           'mode', 'payment', 'locale', 'fr', 'client_reference_id', placed.id,
           'metadata', named.metadata,
           'payment_intent_data', jsonb_build_object('metadata', named.metadata),
           'line_items', (SELECT jsonb_agg(jsonb_build_object(
                              'quantity', quantity,
                              'price_data', jsonb_build_object(
                                'currency', 'eur', 'unit_amount', unit_amount,
                                'product_data', jsonb_build_object('name', brand || ' ' || model)))
                            ORDER BY position) FROM taken),
           'allowed_payment_method_types', jsonb_build_array('card'),
           'adaptive_pricing', jsonb_build_object('enabled', false),
           'success_url', 'http://127.0.0.1/payment/success?session_id={CHECKOUT_SESSION_ID}',
           'cancel_url', 'http://127.0.0.1/payment/cancel?order_id=' || placed.id,
           'expires_at', floor(extract(epoch FROM now()))::bigint + 1435 * 60),
         now() + interval '1435 minutes', 'order_confirmation', 1, now() + interval '30 seconds'
    FROM placed, customer,
         LATERAL (SELECT jsonb_build_object('orderId', placed.id, 'orderNumber', placed.order_number,
                                            'customerId', customer.id) AS metadata) AS named
  RETURNING params
)
SELECT placed.id, placed.order_number AS "orderNumber", placed.total_amount AS "totalAmount",
       placed.created_at AS "createdAt", intent.params,
       json_build_object('id', customer.id, 'firstName', customer.first_name,
                         'lastName', customer.last_name, 'email', customer.email,
                         'phoneNumber', customer.phone_number) AS customer,
       (SELECT json_agg(json_build_object('sku', sku, 'brand', brand, 'model', model,
                                          'quantity', quantity, 'unitAmount', unit_amount,
                                          'lineAmount', line_amount) ORDER BY position)
          FROM lines) AS items
  FROM placed, customer, intent`;

/** Everything after Stripe has answered: session, order, timeline, message. */
const STORE = `
WITH opened AS (
  UPDATE checkout_sessions
     SET status = 'open', stripe_session_id = $2, url = $3, expires_at = to_timestamp($4),
         last_error = NULL, calls = 0, next_attempt_at = now(),
         next_check_at = now() + interval '5 minutes', updated_at = now()
   WHERE order_id = $1 AND attempt = 1
  RETURNING expires_at
), changed AS (
  UPDATE orders SET stripe_session_id = $2, updated_at = now() WHERE id = $1
  RETURNING id, customer_id, updated_at
), told AS (
  INSERT INTO order_events (order_id, type, data)
  SELECT id, 'checkout_session.opened',
         jsonb_build_object('stripeSessionId', $2::text, 'expiresAt', opened.expires_at)
    FROM changed, opened
), message AS (
  INSERT INTO notifications (order_id, customer_id, kind, channel, params, not_after)
  SELECT id, customer_id, 'order_confirmation', 'whatsapp', $5::jsonb, opened.expires_at
    FROM changed, opened
)
SELECT updated_at AS "updatedAt" FROM changed`;

/** The least that makes an order with its payment link: two statements around one call of Stripe's SDK. */
export function placeOrders(server: FastifyInstance, pool: pg.Pool, stripe: Stripe): void {
  server.post<{ Body: Body }>('/api/orders', async ({ body: { customer, items } }, reply) => {
    const { rows } = await pool.query<Placed>({
      name: 'place',
      text: PLACE,
      values: [
        customer.phoneNumber,
        items.map(({ sku }) => sku),
        items.map(({ quantity }) => quantity),
        customer.firstName ?? null,
      ],
    });
    const { id, params, ...order } = rows[0]!;
    const session = await stripe.checkout.sessions.create(params, {
      idempotencyKey: `cs:${id}:1`,
    });
    const { orderNumber, totalAmount } = order;
    const paymentExpiresAt = new Date(session.expires_at * 1_000).toISOString();
    const message = {
      orderNumber,
      totalAmount,
      currency: 'eur',
      paymentUrl: session.url,
      paymentExpiresAt,
      items: order.items.map(({ brand, model, quantity, unitAmount }) => ({
        brand,
        model,
        quantity,
        unitAmount,
      })),
    };
    const stored = await pool.query<{ updatedAt: Date }>({
      name: 'store',
      text: STORE,
      values: [id, session.id, session.url, session.expires_at, JSON.stringify(message)],
    });
    reply.status(201).header('location', `/api/orders/${id}`);
    return {
      id,
      status: 'pending',
      paymentStatus: 'pending',
      currency: 'eur',
      ...order,
      stripeSessionId: session.id,
      paymentUrl: session.url,
      paymentExpiresAt,
      reminderSent: false,
      updatedAt: stored.rows[0]!.updatedAt,
      paidAt: null,
      cancelledAt: null,
      cancelReason: null,
    };
  });
}
