/** How long whoever calls Stripe holds a row: longer than the gateway's own deadline. */
export const LEASE_SECONDS = 30;

/** The columns of a CheckoutIntent. */
export const INTENT = `id, order_id AS "orderId", attempt, idempotency_key AS "idempotencyKey", params,
  announcement, calls, expires_at AS "expiresAt", created_at AS "createdAt", last_error AS "lastError"`;

/**
 * An intent, before the call. The members are SQL; with `leased` the writer calls Stripe itself right
 * after the commit, and the tick leaves the row alone meanwhile.
 */
export const writeIntent = (sql: {
  readonly from?: string;
  readonly orderId: string;
  readonly attempt: string;
  readonly params: string;
  readonly expiresAt: string;
  readonly announcement: string;
  readonly leased: string;
}): string => `
INSERT INTO checkout_sessions
       (order_id, attempt, idempotency_key, params, expires_at, announcement, calls, next_attempt_at)
SELECT ${sql.orderId}, ${sql.attempt}, 'cs:' || ${sql.orderId}::text || ':' || ${sql.attempt}::text,
       ${sql.params}, ${sql.expiresAt}, ${sql.announcement},
       CASE WHEN ${sql.leased} THEN 1 ELSE 0 END,
       CASE WHEN ${sql.leased} THEN now() + make_interval(secs => ${LEASE_SECONDS}) ELSE now() END
  ${sql.from === undefined ? '' : `FROM ${sql.from}`}
RETURNING ${INTENT}`;
