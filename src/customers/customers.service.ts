import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type CustomerDetails,
  type CustomerView,
  CustomersRepository,
} from './customers.repository.js';

export type { CustomerDetails, CustomerView } from './customers.repository.js';

@Injectable()
export class CustomersService {
  constructor(private readonly customers: CustomersRepository) {}

  /** Call inside a transaction. Answers the customer's id; idempotent per phone number. */
  async remember(manager: EntityManager, details: CustomerDetails): Promise<string> {
    return this.customers.upsert(manager, details);
  }

  /** By id, in one query; an unknown id is simply absent. */
  async findByIds(ids: readonly string[]): Promise<Map<string, CustomerView>> {
    const found = await this.customers.findByIds(ids);
    return new Map(found.map((customer) => [customer.id, customer]));
  }
}
