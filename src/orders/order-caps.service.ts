import { Injectable, Logger } from '@nestjs/common';
import { maskPhone } from '../common/phone-number.js';
import { AppConfig } from '../config/app-config.js';
import { TooManyOrdersError } from './orders.errors.js';

/** A plus and eight digits: a block of ten thousand numbers in the French plans. */
const PREFIX_LENGTH = 9;

/** Unpaid orders of the last 24 hours (of the last hour for a prefix), and when the oldest leaves. */
export interface UnpaidOrders {
  readonly ofNumber: number;
  readonly ofPrefix: number;
  readonly ofDay: number;
  readonly numberFreeInSeconds: number;
  readonly prefixFreeInSeconds: number;
  readonly dayFreeInSeconds: number;
}

type Cap = 'number' | 'prefix' | 'day';

/**
 * An order costs the shop messages before anybody has paid a cent, and whoever earns on text messages
 * would place them without end. So unpaid orders are capped: per phone number, per block of numbers,
 * and for the whole shop.
 */
@Injectable()
export class OrderCaps {
  private readonly logger = new Logger(OrderCaps.name);

  constructor(private readonly config: AppConfig) {}

  /** Null: nothing is capped, and nothing need be counted. `limit`: no more of the day's orders matter. */
  countingFor(
    phoneNumber: string,
  ): { readonly prefix: string; readonly limit: number | null } | null {
    const { unpaidPerNumber, unpaidPerPrefix, unpaidPerDay } = this.config.limits;
    if (unpaidPerNumber + unpaidPerPrefix + unpaidPerDay === 0) return null;
    return { prefix: phoneNumber.slice(0, PREFIX_LENGTH), limit: unpaidPerDay || null };
  }

  /**
   * The count of a number is exact where no other order of it comes between the count and the order
   * itself (`order-placement.sql.ts`). The two others may be passed by as many orders as are placed at
   * the same instant. Throws TooManyOrdersError.
   */
  check(found: UnpaidOrders, customer: { readonly phoneNumber: string }): void {
    const { unpaidPerNumber, unpaidPerPrefix, unpaidPerDay } = this.config.limits;
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
