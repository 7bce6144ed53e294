import type { FastifyInstance } from 'fastify';
import type pg from 'pg';

const BATCH = 1_000;

/** A batch of due orders: marked, their step written down, their message queued. */
const REMIND = `
WITH due AS (
  SELECT o.id, o.customer_id, o.order_number, o.total_amount, o.currency, cs.url, cs.expires_at
    FROM orders o
    JOIN checkout_sessions cs ON cs.stripe_session_id = o.stripe_session_id AND cs.status = 'open'
   WHERE o.status = 'pending' AND o.payment_status = 'pending' AND NOT o.reminder_sent
     AND o.created_at <= now() - interval '1 hour' AND o.created_at > now() - interval '24 hours'
   ORDER BY o.created_at LIMIT $1
     FOR UPDATE OF o SKIP LOCKED
), reminded AS (
  UPDATE orders o SET reminder_sent = true, updated_at = now() FROM due WHERE o.id = due.id
), steps AS (
  INSERT INTO reminder_steps (order_id, step_minutes) SELECT id, 60 FROM due
)
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
  FROM due`;

/** The least that reminds every order that is due: one statement a batch. */
export function sweepReminders(server: FastifyInstance, pool: pg.Pool): void {
  server.get('/api/cron/payment-reminders', async () => {
    let processed = 0;
    for (;;) {
      const { rowCount } = await pool.query({ name: 'remind', text: REMIND, values: [BATCH] });
      if (!rowCount) return { success: true, processed };
      processed += rowCount;
    }
  });
}
