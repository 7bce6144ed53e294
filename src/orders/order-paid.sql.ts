import { endSession, retireSessions } from './checkout-sessions.sql.js';
import { orderChange } from './order-change.sql.js';

/** Why open sessions of a paid order are closed. */
export const PAID_ELSEWHERE = 'paid_through_another_session';

/**
 * CTEs that make an order paid which waits for its money: what OrderSettlement.confirm does, for an
 * order whose stock is its own already. `changed` is the order's row then, or none. `plain` names an
 * earlier CTE with the order's id, or none; the other members are SQL.
 */
export const orderPaid = (sql: {
  readonly plain: string;
  readonly sessionId: string;
  readonly paymentIntentId: string;
}): string => `
${orderChange({
  from: sql.plain,
  where: `orders.id = ${sql.plain}.id`,
  status: `'confirmed'`,
  paymentStatus: `'paid'`,
  stripeSessionId: sql.sessionId,
  event: `'order.confirmed'`,
  data: `jsonb_build_object('sessionId', ${sql.sessionId}::text,
                            'paymentIntentId', ${sql.paymentIntentId}::text,
                            'amount', changed.total_amount, 'currency', changed.currency)`,
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
