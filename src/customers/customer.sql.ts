/**
 * The customer of an order, told by the phone number: a known one keeps what the new order does not
 * say. The members are SQL; `from` names a CTE without whose row nothing is written. `id` is for a
 * customer who is new.
 *
 * With `isRead` the id is the one that was read for this number before, or a new one where there was
 * none. Conflicts are then met by the id only, so a number that another order has brought meanwhile
 * fails on its own unique key, and the whole statement with it: see `isNumberTaken`.
 */
export const rememberCustomer = (sql: {
  readonly from: string;
  readonly id: string;
  readonly isRead: boolean;
  readonly phoneNumber: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly locale: string;
}): string => `
INSERT INTO customers (id, phone_number, first_name, last_name, email, locale)
SELECT ${sql.id}::uuid, ${sql.phoneNumber}, ${sql.firstName}::text, ${sql.lastName}::text,
       ${sql.email}::text, coalesce(${sql.locale}::text, 'fr')
  FROM ${sql.from}
ON CONFLICT (${sql.isRead ? 'id' : 'phone_number'}) DO UPDATE SET
  first_name = coalesce(excluded.first_name, customers.first_name),
  last_name = coalesce(excluded.last_name, customers.last_name),
  email = coalesce(excluded.email, customers.email),
  locale = coalesce(${sql.locale}::text, customers.locale),
  updated_at = now()
RETURNING id, first_name, last_name, email`;
