/** The two arrays of a ChannelPlan as a FROM item, in their order. */
const planOf = (sql: { readonly kinds: string; readonly channels: string }): string =>
  `unnest(${sql.kinds}::text[], ${sql.channels}::text[]) WITH ORDINALITY AS plan (kind, channel, place)`;

/**
 * Whether a message can leave by its channel: an e-mail row is only written for a customer who has an
 * address. Asked for an e-mail only: a message by WhatsApp needs nothing of the customer yet.
 */
const canLeave = (customerId: string): string => `
 (plan.channel <> 'email'
  OR EXISTS (SELECT FROM customers c WHERE c.id = ${customerId} AND c.email IS NOT NULL))`;

/**
 * Writes messages into the outbox, whoever decides them.
 *
 * `messages` is a FROM item by the name of m with order_id, customer_id, kind, slot, params (jsonb),
 * not_after and place, the order in which they leave; `kinds` and `channels` are the two arrays of
 * NotificationsService.plan. Rows that are there already stay as they are.
 */
export const enqueue = (sql: {
  readonly messages: string;
  readonly kinds: string;
  readonly channels: string;
}): string => `
INSERT INTO notifications (order_id, customer_id, kind, slot, channel, params, not_after)
SELECT m.order_id, m.customer_id, m.kind, m.slot, plan.channel, m.params, m.not_after
  FROM ${sql.messages} JOIN ${planOf(sql)} ON plan.kind = m.kind
 WHERE ${canLeave('m.customer_id')}
 ORDER BY m.place, plan.place
ON CONFLICT (order_id, kind, slot, channel) DO NOTHING`;

/**
 * The same where one order gets all messages of a plan (NotificationsService.planOf), which say the same
 * of it: nothing is to be joined by kind. `order` is a FROM item with one row of order_id, customer_id
 * and params. A row that is there already fails the statement, which must have made sure of it.
 */
export const enqueuePlan = (sql: {
  readonly order: string;
  readonly kinds: string;
  readonly channels: string;
}): string => `
INSERT INTO notifications (order_id, customer_id, kind, channel, params)
SELECT told.order_id, told.customer_id, plan.kind, plan.channel, told.params
  FROM ${sql.order} AS told, ${planOf(sql)}
 WHERE ${canLeave('told.customer_id')}
 ORDER BY plan.place`;
