import { enqueue } from '../notifications/enqueue.sql.js';
import { messageParams } from '../orders/order-facts.sql.js';

/**
 * One statement a batch: $1 steps in minutes, ascending, $2 most orders, $3 and $4 instant and id of the
 * last order of the batch before, $5 and $6 the channels' plan.
 *
 * Chosen with their rows locked (other instances skip them), marked as reminded, their step written
 * down, their messages put into the outbox. Due by the database's clock: pending, younger than a day,
 * session still open, and past a step it has not had. Of several steps that passed unnoticed only the
 * latest counts, so an outage ends in one message.
 *
 * It begins where the batch before ended: what has been reminded is not read again and again. The
 * session is looked up order by order, among the live ones (LIMIT 1 keeps it from being joined as a
 * whole), and the rows are changed by an array of ids: a join would be planned for a tenth of the table.
 */
export const REMIND_DUE = `
WITH due AS MATERIALIZED (
  SELECT o.id, o.customer_id, o.created_at, o.order_number, o.total_amount, o.currency,
         step.minutes, link.url, link.expires_at
    FROM orders o
   CROSS JOIN LATERAL (
     SELECT max(s) AS minutes FROM unnest($1::int[]) AS s
      WHERE o.created_at <= now() - make_interval(mins => s)
   ) AS step
   CROSS JOIN LATERAL (
     SELECT cs.url, cs.expires_at FROM checkout_sessions cs
      WHERE cs.order_id = o.id AND cs.status = 'open'
        AND cs.stripe_session_id = o.stripe_session_id AND cs.expires_at > now()
      LIMIT 1
   ) AS link
   WHERE o.status = 'pending' AND o.payment_status = 'pending'
     AND o.created_at <= now() - make_interval(mins => ($1::int[])[1])
     AND o.created_at > now() - interval '24 hours'
     AND (o.created_at, o.id) > ($3::timestamptz, $4::uuid)
     AND CASE WHEN step.minutes = ($1::int[])[1] THEN NOT o.reminder_sent
              ELSE NOT EXISTS (SELECT FROM reminder_steps had
                                WHERE had.order_id = o.id
                                  AND had.step_minutes >= step.minutes) END
   ORDER BY o.created_at, o.id
   LIMIT $2
     FOR UPDATE OF o SKIP LOCKED
), reminded AS (
  UPDATE orders SET reminder_sent = true, updated_at = now()
   WHERE id = ANY (ARRAY(SELECT id FROM due))
), had AS (
  INSERT INTO reminder_steps (order_id, step_minutes)
  SELECT id, minutes FROM due
  ON CONFLICT (order_id, step_minutes) DO NOTHING
), queued AS (
  ${enqueue({
    messages: `(
    SELECT id AS order_id, customer_id, 'payment_reminder' AS kind, minutes || 'm' AS slot,
           ${messageParams({ order: 'due', paymentUrl: 'url', paymentExpiresAt: 'expires_at' })} AS params,
           expires_at AS not_after, row_number() OVER (ORDER BY created_at, id) AS place
      FROM due) AS m`,
    kinds: '$5',
    channels: '$6',
  })}
)
SELECT count(*) OVER ()::int AS count, created_at::text AS "createdAt", id
  FROM due
 ORDER BY due.created_at DESC, due.id DESC
 LIMIT 1`;
