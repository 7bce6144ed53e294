import type pg from 'pg';

/** A reminder that waits to leave for each order, as a sweep leaves them. */
export async function seedWaitingMessages(database: pg.Client): Promise<void> {
  await database.query(
    `INSERT INTO notifications (order_id, customer_id, kind, slot, channel, params, not_after)
     SELECT o.id, o.customer_id, 'payment_reminder', '60m', 'whatsapp',
            jsonb_build_object(
              'orderNumber', o.order_number, 'totalAmount', o.total_amount, 'currency', o.currency,
              'paymentUrl', cs.url, 'paymentExpiresAt', cs.expires_at,
              'items', (SELECT jsonb_agg(jsonb_build_object(
                                 'brand', i.brand, 'model', i.model, 'quantity', i.quantity,
                                 'unitAmount', i.unit_amount) ORDER BY i.position)
                          FROM order_items i WHERE i.order_id = o.id)),
            cs.expires_at
       FROM orders o JOIN checkout_sessions cs ON cs.order_id = o.id
      ORDER BY o.created_at`,
  );
  await database.query(`UPDATE orders SET reminder_sent = true`);
  await database.query(`VACUUM ANALYZE orders, notifications`);
}

/** Messages that are still to be sent. */
export async function countWaiting(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ waiting: number }>(
    `SELECT count(*)::int AS waiting FROM notifications WHERE status IN ('queued', 'sending')`,
  );
  return rows[0]!.waiting;
}
