/** Stripe may have made a session of an intent that was called: looked for when no call can be under way. */
export const SEARCH_AT = `CASE WHEN calls > 0 THEN now() + interval '2 minutes' END`;

/**
 * A session is over. A completed one stays complete, whatever is told of it later. `owed`: its money
 * has only been promised, so Stripe is asked again later. Every member is SQL.
 */
export const endSession = (sql: {
  readonly stripeSessionId: string;
  readonly status: string;
  readonly owed: string;
  /** What else must be so. */
  readonly where?: string;
}): string => `
UPDATE checkout_sessions
   SET status = ${sql.status}, url = NULL, updated_at = now(),
       next_check_at = CASE WHEN ${sql.owed} THEN now() + interval '1 hour' END
 WHERE stripe_session_id = ${sql.stripeSessionId}
   AND (status <> 'complete'
        OR (${sql.status} = 'complete' AND NOT ${sql.owed} AND next_check_at IS NOT NULL))
   ${sql.where ? `AND ${sql.where}` : ''}`;

/**
 * Ends what an order no longer needs: open sessions are closed at Stripe next, intents are dropped. The
 * reason is the one for which the order ends with them; null when it does not. Every member is SQL.
 */
export const retireSessions = (sql: {
  readonly orderId: string;
  readonly reason: string;
  /** The session that the same statement ends. */
  readonly except?: string;
}): string => `
UPDATE checkout_sessions
   SET status = CASE WHEN status = 'creating' AND stripe_session_id IS NULL
                     THEN 'abandoned' ELSE 'closing' END,
       next_check_at = CASE WHEN status = 'creating' AND stripe_session_id IS NULL
                            THEN ${SEARCH_AT} ELSE next_check_at END,
       close_reason = ${sql.reason}, calls = 0, next_attempt_at = now(), updated_at = now()
 WHERE order_id = ${sql.orderId} AND status IN ('creating', 'open')
   ${sql.except ? `AND stripe_session_id IS DISTINCT FROM ${sql.except}` : ''}`;
