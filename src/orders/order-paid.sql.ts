import { endSession, retireSessions } from './checkout-sessions.sql.js';
import { orderChange } from './order-change.sql.js';

/** Why open sessions of a paid order are closed. */
export const PAID_ELSEWHERE = 'paid_through_another_session';

/**
 * CTEs that make an order paid which waits for its money: what OrderSettlement.confirm does, for an
 * order whose stock is its own already. `changed` has what is asked of the order's row then (its id and sum
 * at least), or none. `where` says which order, with the help of `from`. Every member is SQL.
 */
export const orderPaid = (sql: {
  readonly from: string;
  readonly where: string;
  readonly sessionId: string;
  readonly paymentIntentId: string;
  readonly returning: string;
}): string => `
${orderChange({
  from: sql.from,
  where: sql.where,
  status: `'confirmed'`,
  paymentStatus: `'paid'`,
  stripeSessionId: sql.sessionId,
  event: `'order.confirmed'`,
  data: `jsonb_build_object('sessionId', ${sql.sessionId}::text,
                            'paymentIntentId', ${sql.paymentIntentId}::text,
                            'amount', changed.total_amount, 'currency', changed.currency)`,
  returning: sql.returning,
})}, ended AS (${endSession({
  stripeSessionId: sql.sessionId,
  status: `'complete'`,
  owed: 'false',
  where: 'EXISTS (SELECT FROM changed)',
})}), retired AS (${retireSessions({
  orderId: '(SELECT id FROM changed)',
  reason: `'${PAID_ELSEWHERE}'`,
  except: sql.sessionId,
})})`;
