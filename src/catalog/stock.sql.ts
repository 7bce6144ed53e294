/**
 * The CTE `goods`: the products for sale of an order, as they are now, with the quantity and position of
 * their line. They are locked in the order of their ids, so that two orders of the same tyres cannot
 * deadlock. `skus` and `quantities` are two arrays; `after` names a CTE without whose row nothing is locked.
 *
 * The limit leaves no line out. Of arrays that it does not know yet, PostgreSQL expects ten rows, for
 * which it would rather read a catalogue of hundreds whole; behind a limit that it does not know, it
 * expects a tenth of them, and so looks up each product by its key. Most orders have one line or two.
 */
export const lockGoods = (sql: {
  readonly skus: string;
  readonly quantities: string;
  readonly after?: string;
}): string => `
goods AS (
  SELECT p.id, p.sku, p.brand, p.model, p.unit_amount, p.currency, p.stock, w.quantity, w.position
    FROM ${sql.after === undefined ? '' : `${sql.after},`}
         (SELECT * FROM unnest(${sql.skus}, ${sql.quantities})
                   WITH ORDINALITY AS line (sku, quantity, position)
           LIMIT cardinality(${sql.skus})) AS w
    JOIN products p USING (sku)
   WHERE p.active
   ORDER BY p.id
     FOR UPDATE OF p
)`;

/** A subquery: `goods` as one JSON array of ProductForSale, or null where there are none. */
export const GOODS_AS_JSON = `
(SELECT json_agg(json_build_object('id', id, 'sku', sku, 'brand', brand, 'model', model,
                                   'unitAmount', unit_amount, 'currency', currency,
                                   'stock', stock))
   FROM goods)`;

/** Takes the stock of `goods` (id, quantity), whose products this statement has locked. */
export const takeGoods = (when = ''): string => `
UPDATE products p
   SET stock = p.stock - goods.quantity, updated_at = now()
  FROM goods${when}
 WHERE p.id = goods.id`;
