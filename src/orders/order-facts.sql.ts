/**
 * What a message keeps of its order, as jsonb: see NotificationParams. `order` is the name of a row of
 * orders; the link is SQL of its own, since a statement that opens or ends a session does not see that
 * in the table yet.
 */
export const messageParams = (sql: {
  readonly order: string;
  readonly paymentUrl: string;
  readonly paymentExpiresAt: string;
  /** Where they are known: a jsonb list of brand, model, quantity and unitAmount. */
  readonly items?: string;
}): string => `
jsonb_build_object(
  'orderNumber', ${sql.order}.order_number,
  'totalAmount', ${sql.order}.total_amount,
  'currency', ${sql.order}.currency,
  'paymentUrl', ${sql.paymentUrl},
  'paymentExpiresAt', ${sql.paymentExpiresAt},
  'items', ${sql.items ?? itemsOf(sql.order)})`;

const itemsOf = (order: string): string => `
(SELECT jsonb_agg(jsonb_build_object('brand', i.brand, 'model', i.model,
                                     'quantity', i.quantity, 'unitAmount', i.unit_amount)
                  ORDER BY i.position)
   FROM order_items i WHERE i.order_id = ${order}.id)`;
