/**
 * `checkoutSessionParams` as jsonb, by the statement that writes the order. The members are SQL: `common`
 * is what `commonSessionParams` says, `order` the name of a row of orders, `lines` that of a CTE with
 * quantity, currency, unit_amount, brand, model and position.
 */
export const sessionParamsOf = (sql: {
  readonly common: string;
  readonly order: string;
  readonly lines: string;
  readonly expiresAt: string;
}): string => {
  const metadata = `jsonb_build_object('orderId', ${sql.order}.id,
                                       'orderNumber', ${sql.order}.order_number,
                                       'customerId', ${sql.order}.customer_id)`;
  return `
${sql.common} || jsonb_build_object(
  'metadata', ${metadata},
  'payment_intent_data', jsonb_build_object('metadata', ${metadata}),
  'line_items', (
    SELECT jsonb_agg(
             jsonb_build_object('quantity', quantity,
                                'price_data', jsonb_build_object(
                                  'currency', currency, 'unit_amount', unit_amount,
                                  'product_data', jsonb_build_object('name', brand || ' ' || model)))
             ORDER BY position)
      FROM ${sql.lines}),
  'expires_at', floor(extract(epoch FROM ${sql.expiresAt}))::bigint)`;
};
