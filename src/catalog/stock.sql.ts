/**
 * The rows of an order's lines, `columns` of the arrays `lists`, as the FROM item w. The limit leaves
 * none out. Of arrays that it does not know yet, PostgreSQL expects ten rows, for which it would rather
 * read a catalogue of hundreds whole; behind a limit that it does not know, it expects a tenth of them,
 * and so looks up each product by its key. Most orders have one line or two.
 */
const fewLines = (lists: readonly string[], columns: string): string =>
  `(SELECT * FROM unnest(${lists.join(', ')}) AS line (${columns})
     LIMIT cardinality(${lists[0]})) AS w`;

/** A subquery: the products for sale of these skus, as one JSON array of QuotedProduct, or null. */
export const productsForSale = (skus: string): string => `
(SELECT json_agg(json_build_object('id', p.id, 'sku', p.sku, 'brand', p.brand, 'model', p.model,
                                   'unitAmount', p.unit_amount, 'currency', p.currency,
                                   'stock', p.stock))
   FROM ${fewLines([`${skus}::text[]`], 'sku')} JOIN products p USING (sku) WHERE p.active)`;

/**
 * The CTE `goods`: the products of an order, locked in the order of their ids so that two orders of the
 * same tyres cannot deadlock, and whether each can be sold as it was quoted. The lines are three arrays;
 * `after` names a CTE without whose row nothing is locked.
 */
export const lockGoods = (sql: {
  readonly productIds: string;
  readonly quantities: string;
  readonly unitAmounts: string;
  readonly currency: string;
  readonly after: string;
}): string => `
goods AS (
  SELECT p.id, w.quantity,
         p.active AND p.stock >= w.quantity AND p.unit_amount = w.unit_amount
                  AND p.currency = ${sql.currency} AS sellable
    FROM ${sql.after}, ${fewLines(
      [sql.productIds, sql.quantities, sql.unitAmounts],
      'product_id, quantity, unit_amount',
    )}
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
