import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, QueryFailedError } from 'typeorm';
import { Customer } from './customer.entity.js';

/** A customer as an order brings them; the phone number is E.164 and says who it is. */
export interface CustomerDetails {
  readonly phoneNumber: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly locale?: 'fr' | 'en';
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

  async findByIds(ids: readonly string[]): Promise<Customer[]> {
    if (ids.length === 0) return [];
    return this.dataSource.manager.findBy(Customer, { id: In([...new Set(ids)]) });
  }
}
