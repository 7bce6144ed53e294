import type { OrderByHand } from '../support/session-by-hand.js';
import type { World } from './world.js';

/** The order as it was written, when its client knows of it. */
export async function fromOrder(world: World, order: number): Promise<OrderByHand | null> {
  const id = world.orders[order]?.id;
  if (!id) return null;
  const { rows } = await world.database.client.query<OrderByHand>(
    `SELECT id, order_number AS "orderNumber", currency, total_amount AS "totalAmount"
       FROM orders WHERE id = $1`,
    [id],
  );
  return rows[0] ?? null;
}
