/**
 * Two CTEs, `changed` (the order's row as it is now, or none) and `told` (its line in the timeline):
 * state and timeline are one statement. Only named columns: a stale object cannot undo a newer fact.
 *
 * Every member is SQL: a parameter, a literal or a subquery of an earlier CTE. `where` says which order
 * and may ask for more; with `from` the conditions of earlier CTEs decide. What is left out stays.
 */
export const orderChange = (sql: {
  readonly from?: string;
  readonly where: string;
  readonly status?: string;
  readonly paymentStatus?: string;
  readonly stripeSessionId?: string;
  readonly cancelReason?: string;
  readonly event: string;
  /** jsonb. */
  readonly data: string;
  /** Of `changed`: all columns, unless told that fewer will do. */
  readonly returning?: string;
}): string => {
  const { status = 'NULL', paymentStatus = 'NULL', cancelReason = 'NULL' } = sql;
  return `
changed AS (
  UPDATE orders
     SET status = coalesce(${status}::text, orders.status),
         payment_status = coalesce(${paymentStatus}::text, orders.payment_status),
         stripe_session_id = coalesce(${sql.stripeSessionId ?? 'NULL'}::text,
                                      orders.stripe_session_id),
         paid_at = CASE WHEN ${paymentStatus}::text = 'paid' THEN coalesce(orders.paid_at, now())
                        ELSE orders.paid_at END,
         picked_up_at = CASE WHEN ${status}::text = 'picked_up' THEN now()
                             ELSE orders.picked_up_at END,
         cancelled_at = CASE ${status}::text WHEN 'cancelled' THEN now() WHEN 'confirmed' THEN NULL
                             ELSE orders.cancelled_at END,
         cancel_reason = CASE ${status}::text WHEN 'cancelled' THEN ${cancelReason}::text
                              WHEN 'confirmed' THEN NULL ELSE orders.cancel_reason END,
         updated_at = now()
    ${sql.from === undefined ? '' : `FROM ${sql.from}`}
   WHERE ${sql.where}
  RETURNING ${sql.returning ?? 'orders.*'}
), told AS (
  INSERT INTO order_events (order_id, type, data)
  SELECT changed.id, ${sql.event}, ${sql.data} FROM changed
)`;
};
