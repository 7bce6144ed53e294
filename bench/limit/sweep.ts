import type { FastifyInstance } from 'fastify';
import type pg from 'pg';

const BATCH = 1_000;

/**
 * A batch of due orders behind the last one of the batch before ($2, $3): marked, their step written
 * down, their message queued. What has been reminded is not read again.
 */
const REMIND = `
WITH due AS (
  SELECT o.id, o.customer_id, o.created_at, o.order_number, o.total_amount, o.currency, link.url,
         link.expires_at
    FROM orders o
   CROSS JOIN LATERAL (
     SELECT cs.url, cs.expires_at FROM checkout_sessions cs
      WHERE cs.order_id = o.id AND cs.status = 'open' AND cs.stripe_session_id = o.stripe_session_id
      LIMIT 1
   ) AS link
   WHERE o.status = 'pending' AND o.payment_status = 'pending' AND NOT o.reminder_sent
     AND o.created_at <= now() - interval '1 hour' AND o.created_at > now() - interval '24 hours'
     AND (o.created_at, o.id) > ($2::timestamptz, $3::uuid)
   ORDER BY o.created_at, o.id LIMIT $1
     FOR UPDATE OF o SKIP LOCKED
), reminded AS (
  UPDATE orders SET reminder_sent = true, updated_at = now()
   WHERE id = ANY (ARRAY(SELECT id FROM due))
), steps AS (
  INSERT INTO reminder_steps (order_id, step_minutes) SELECT id, 60 FROM due
), queued AS (
  INSERT INTO notifications (order_id, customer_id, kind, slot, channel, params, not_after)
  SELECT id, customer_id, 'payment_reminder', '60m', 'whatsapp',
         json_build_object('orderNumber', order_number, 'totalAmount', total_amount,
                           'currency', currency, 'paymentUrl', url, 'paymentExpiresAt', expires_at,
                           'items', (SELECT json_agg(json_build_object(
                                              'brand', i.brand, 'model', i.model,
                                              'quantity', i.quantity, 'unitAmount', i.unit_amount)
                                            ORDER BY i.position)
                                       FROM order_items i WHERE i.order_id = due.id)),
         expires_at
    FROM due
)
SELECT count(*) OVER ()::int AS count, created_at::text AS "createdAt", id
  FROM due
 ORDER BY due.created_at DESC, due.id DESC
 LIMIT 1`;

interface Batch {
  readonly count: number;
  readonly createdAt: string;
  readonly id: string;
}

const BEFORE_ALL: Batch = {
  count: BATCH,
  createdAt: '-infinity',
  id: '00000000-0000-0000-0000-000000000000',
};

/** The least that reminds every order that is due: one statement a batch. */
export function sweepReminders(server: FastifyInstance, pool: pg.Pool): void {
  server.get('/api/cron/payment-reminders', async () => {
    let processed = 0;
    for (let last = BEFORE_ALL; last.count === BATCH;) {
      const values = [BATCH, last.createdAt, last.id];
      const { rows } = await pool.query<Batch>({ name: 'remind', text: REMIND, values });
      last = rows[0] ?? { ...last, count: 0 };
      processed += last.count;
    }
    return { success: true, processed };
  });
}
