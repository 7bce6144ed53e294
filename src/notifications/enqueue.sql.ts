import { type IfThere, onConflict } from '../common/if-there.sql.js';

/**
 * Writes messages into the outbox, whoever decides them: the one insert of `notifications`.
 *
 * `messages` is a FROM item by the name of m with order_id, customer_id, kind, slot, params (jsonb),
 * not_after and place, the order in which they leave; `kinds` and `channels` are the two arrays of
 * NotificationsService.plan. An e-mail row is only written for a customer who has an address; rows
 * that are there already stay as they are.
 */
export const enqueue = (sql: {
  readonly messages: string;
  readonly kinds: string;
  readonly channels: string;
  readonly ifQueued?: IfThere;
}): string => `
INSERT INTO notifications (order_id, customer_id, kind, slot, channel, params, not_after)
SELECT m.order_id, m.customer_id, m.kind, m.slot, plan.channel, m.params, m.not_after
  FROM ${sql.messages}
  JOIN unnest(${sql.kinds}::text[], ${sql.channels}::text[])
       WITH ORDINALITY AS plan (kind, channel, place) ON plan.kind = m.kind
 WHERE plan.channel <> 'email'
     -- Asked for an e-mail only: a message by WhatsApp needs nothing of the customer yet.
     OR EXISTS (SELECT FROM customers c WHERE c.id = m.customer_id AND c.email IS NOT NULL)
 ORDER BY m.place, plan.place
${onConflict('order_id, kind, slot, channel', sql.ifQueued ?? 'skip')}
RETURNING id`;
