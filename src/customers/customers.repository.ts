import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';

/** A customer as an order brings them; the phone number is E.164 and says who it is. */
export interface CustomerDetails {
  readonly phoneNumber: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly locale?: 'fr' | 'en';
}

export interface CustomerView {
  readonly id: string;
  readonly phoneNumber: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly locale: 'fr' | 'en';
}

@Injectable()
export class CustomersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement: a known number keeps what the new order does not say. */
  async upsert(manager: EntityManager, details: CustomerDetails): Promise<string> {
    const [row] = await rowsOf<{ id: string }>(
      manager,
      `INSERT INTO customers (phone_number, first_name, last_name, email, locale)
       VALUES ($1, $2, $3, $4, coalesce($5, 'fr'))
       ON CONFLICT (phone_number) DO UPDATE SET
         first_name = coalesce(excluded.first_name, customers.first_name),
         last_name = coalesce(excluded.last_name, customers.last_name),
         email = coalesce(excluded.email, customers.email),
         locale = coalesce($5, customers.locale),
         updated_at = now()
       RETURNING id`,
      [
        details.phoneNumber,
        details.firstName ?? null,
        details.lastName ?? null,
        details.email ?? null,
        details.locale ?? null,
      ],
    );
    return row!.id;
  }

  /** By an array: one text, and so one plan, for any number of ids. */
  async findByIds(ids: readonly string[]): Promise<CustomerView[]> {
    if (ids.length === 0) return [];
    return rowsOf<CustomerView>(
      this.dataSource.manager,
      `SELECT id, phone_number AS "phoneNumber", first_name AS "firstName", last_name AS "lastName",
              email, locale
         FROM customers WHERE id = ANY ($1::uuid[])`,
      [[...new Set(ids)]],
    );
  }
}
