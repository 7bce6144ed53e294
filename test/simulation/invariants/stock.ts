import type { Facts, OrderFact, Violation } from './facts.js';

/** Stock: what is on the shelf plus what orders hold is what there was. Always. */
export function stockIsConserved({ initialStock, products, lines, orders }: Facts): Violation[] {
  if (initialStock === null) return [];
  const holding = new Set(orders.filter(holdsGoods).map(({ id }) => id));
  return products.flatMap(({ sku, stock }) => {
    const held = lines
      .filter((line) => line.sku === sku && holding.has(line.orderId))
      .reduce((sum, { quantity }) => sum + quantity, 0);
    const initial = initialStock[sku];
    if (initial === undefined || stock + held === initial) return [];
    const what = `of ${initial} ${sku} there are ${stock} left and ${held} in orders`;
    return [{ invariant: 'stock', what }];
  });
}

/** What was given back before it was collected is on sale again. */
const holdsGoods = ({ status, paymentStatus }: OrderFact): boolean =>
  status !== 'cancelled' && !(status === 'confirmed' && paymentStatus === 'refunded');
