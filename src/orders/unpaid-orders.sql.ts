const secondsUntil = (instant: string): string =>
  `greatest(1, ceil(extract(epoch FROM ${instant} - now())))::int`;

/**
 * The CTE `unpaid` (with what leads to it): UnpaidOrders as one row, counted on the index of unpaid
 * orders, over `limit` of them at most (null: all). Orders that were cancelled without a payment count:
 * their messages were sent all the same. The members are SQL.
 */
export const countUnpaid = (sql: {
  readonly customerId: string;
  readonly prefix: string;
  readonly limit: string;
}): string => `
recent AS MATERIALIZED (
  SELECT created_at, customer_id FROM orders
   WHERE paid_at IS NULL AND created_at > now() - interval '24 hours'
   ORDER BY created_at DESC LIMIT ${sql.limit}
), counted AS (
  SELECT created_at, customer_id = ${sql.customerId} AS of_number,
         created_at > now() - interval '1 hour'
         AND (SELECT starts_with(c.phone_number, ${sql.prefix}) FROM customers c
               WHERE c.id = recent.customer_id) AS of_prefix
    FROM recent
), unpaid AS (
  SELECT count(*) FILTER (WHERE of_number)::int AS "ofNumber",
         count(*) FILTER (WHERE of_prefix)::int AS "ofPrefix",
         count(*)::int AS "ofDay",
         ${secondsUntil(`min(created_at) FILTER (WHERE of_number) + interval '24 hours'`)}
           AS "numberFreeInSeconds",
         ${secondsUntil(`min(created_at) FILTER (WHERE of_prefix) + interval '1 hour'`)}
           AS "prefixFreeInSeconds",
         ${secondsUntil(`min(created_at) + interval '24 hours'`)} AS "dayFreeInSeconds"
    FROM counted
)`;
