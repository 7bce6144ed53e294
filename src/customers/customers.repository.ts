import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
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

export const isNumberTaken = (error: unknown): boolean =>
  error instanceof QueryFailedError &&
  (error.driverError as { constraint?: string }).constraint === 'customers_phone_number_key';

@Injectable()
export class CustomersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Locks the row of a known number until the transaction ends. */
  async lock(manager: EntityManager, phoneNumber: string): Promise<void> {
    await manager.query(`SELECT FROM customers WHERE phone_number = $1 FOR NO KEY UPDATE`, [
      phoneNumber,
    ]);
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
