import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { maskPhone } from '../common/phone-number.js';
import { AppConfig } from '../config/app-config.js';
import { TooManyOrdersError } from './orders.errors.js';
import { UnpaidOrdersRepository } from './unpaid-orders.repository.js';

/** A plus and eight digits: a block of ten thousand numbers in the French plans. */
const PREFIX_LENGTH = 9;

type Cap = 'number' | 'prefix' | 'day';

/**
 * An order costs the shop messages before anybody has paid a cent, and whoever earns on text messages
 * would place them without end. So unpaid orders are capped: per phone number, per block of numbers,
 * and for the whole shop.
 */
@Injectable()
export class OrderCaps {
  private readonly logger = new Logger(OrderCaps.name);

  constructor(
    private readonly config: AppConfig,
    private readonly unpaid: UnpaidOrdersRepository,
  ) {}

  /**
   * Call inside the placing transaction, once the customer's row is locked: that makes the count of a
   * number exact. The two others may be passed by as many orders as are placed at the same instant.
   * Throws TooManyOrdersError.
   */
  async check(
    manager: EntityManager,
    customer: { readonly customerId: string; readonly phoneNumber: string },
  ): Promise<void> {
    const { unpaidPerNumber, unpaidPerPrefix, unpaidPerDay } = this.config.limits;
    if (unpaidPerNumber + unpaidPerPrefix + unpaidPerDay === 0) return;
    const found = await this.unpaid.count(manager, {
      customerId: customer.customerId,
      prefix: customer.phoneNumber.slice(0, PREFIX_LENGTH),
      limit: unpaidPerDay || null,
    });
    const isOver = (count: number, cap: number): boolean => cap > 0 && count >= cap;
    if (isOver(found.ofDay, unpaidPerDay)) this.refuse('day', customer, found.dayFreeInSeconds);
    if (isOver(found.ofPrefix, unpaidPerPrefix)) {
      this.refuse('prefix', customer, found.prefixFreeInSeconds);
    }
    if (isOver(found.ofNumber, unpaidPerNumber)) {
      this.refuse('number', customer, found.numberFreeInSeconds);
    }
  }

  /** The cap of the whole shop stops honest customers too: somebody must look, so it is an error. */
  private refuse(
    cap: Cap,
    { phoneNumber }: { readonly phoneNumber: string },
    retryAfterSeconds: number,
  ): never {
    const line = {
      event: 'orders.capped',
      cap,
      msg: `An order of ${maskPhone(phoneNumber)} was refused: too many unpaid orders (${cap})`,
    };
    if (cap === 'day') this.logger.error(line);
    else this.logger.warn(line);
    throw new TooManyOrdersError(retryAfterSeconds);
  }
}
