import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type CustomerView, CustomersRepository } from './customers.repository.js';

export type { CustomerDetails, CustomerView } from './customers.repository.js';
/** Whether a statement failed because another has brought the same new number (`customer.sql.ts`). */
export { isNumberTaken } from './customers.repository.js';

@Injectable()
export class CustomersService {
  constructor(private readonly customers: CustomersRepository) {}

  /** Call inside a transaction: whoever orders with this number waits until it ends, if it is known. */
  async lock(manager: EntityManager, phoneNumber: string): Promise<void> {
    await this.customers.lock(manager, phoneNumber);
  }

  /** By id, in one query; an unknown id is simply absent. */
  async findByIds(ids: readonly string[]): Promise<Map<string, CustomerView>> {
    const found = await this.customers.findByIds(ids);
    return new Map(found.map((customer) => [customer.id, customer]));
  }
}
