/** A subquery: the products for sale of these skus, as one JSON array of QuotedProduct, or null. */
export const productsForSale = (skus: string): string => `
(SELECT json_agg(json_build_object('id', p.id, 'sku', p.sku, 'brand', p.brand, 'model', p.model,
                                   'unitAmount', p.unit_amount, 'currency', p.currency,
                                   'stock', p.stock))
   FROM products p WHERE p.sku = ANY (${skus}::text[]) AND p.active)`;

/**
 * The CTE `goods`: the products of an order, locked in the order of their ids so that two orders of the
 * same tyres cannot deadlock, and whether each can be sold as it was quoted. `lines` is a FROM item by
 * the name of w with product_id, quantity and unit_amount; `after` names a CTE without whose row
 * nothing is locked.
 */
export const lockGoods = (sql: {
  readonly lines: string;
  readonly currency: string;
  readonly after: string;
}): string => `
goods AS (
  SELECT p.id, w.quantity,
         p.active AND p.stock >= w.quantity AND p.unit_amount = w.unit_amount
                  AND p.currency = ${sql.currency} AS sellable
    FROM ${sql.after}, ${sql.lines}
    JOIN products p ON p.id = w.product_id
   ORDER BY p.id
     FOR UPDATE OF p
)`;

/** Takes the stock of `goods` (id, quantity), whose products this statement has locked. */
export const takeGoods = (when = ''): string => `
UPDATE products p
   SET stock = p.stock - goods.quantity, updated_at = now()
  FROM goods${when}
 WHERE p.id = goods.id`;
