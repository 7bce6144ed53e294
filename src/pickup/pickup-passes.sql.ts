import { type IfThere, onConflict } from '../common/if-there.sql.js';

/** An order has one pass, whatever the number of calls. Every member is SQL. */
export const issuePass = (sql: {
  /** Rows with the ids of orders. */
  readonly orders: string;
  /** 32 random bytes. */
  readonly secret: string;
  readonly ifIssued: IfThere;
}): string => `
INSERT INTO pickup_passes (order_id, secret)
SELECT id, ${sql.secret}::bytea FROM ${sql.orders}
${onConflict('order_id', sql.ifIssued)}`;
