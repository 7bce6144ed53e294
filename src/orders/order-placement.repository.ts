import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ProductForSale } from '../catalog/stock.service.js';
import { AppConfig } from '../config/app-config.js';
import type { CustomerDetails } from '../customers/customers.service.js';
import { rowsOf } from '../database/transaction.js';
import { commonSessionParams } from './checkout-session-params.js';
import type { CalledIntent } from './checkout-sessions.repository.js';
import type { OrderLineDto } from './dto/create-order.dto.js';
import type { UnpaidOrders } from './order-caps.service.js';
import {
  COUNT_UNPAID,
  PLACE,
  PLACE_CAPPED,
  PLACE_KEYED,
  PLACE_KEYED_CAPPED,
} from './order-placement.sql.js';

/** The unpaid orders of a phone number and of all, and whose number it was when they were counted. */
export interface CountedOrders {
  /** Null when nobody has ordered with it yet, as is the version of the row. */
  readonly customerId: string | null;
  readonly customerVersion: string | null;
  readonly unpaid: UnpaidOrders;
}

export interface NewOrder {
  readonly id: string;
  /** For a customer who is new. */
  readonly customerId: string;
  readonly customer: CustomerDetails;
  readonly items: readonly OrderLineDto[];
  readonly idempotencyKey: string | null;
}

/** Of the intent what is stored, and the customer as this order and earlier ones have told it. */
export interface PlacedRow extends Pick<CalledIntent, 'id' | 'idempotencyKey' | 'params'> {
  readonly orderNumber: string;
  readonly customerId: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly products: readonly ProductForSale[];
  readonly overtaken: false;
}

/** Nothing was written. */
export interface RefusedRow {
  readonly id: null;
  /** For sale, of those asked for; null when there is none. */
  readonly products: readonly ProductForSale[] | null;
  /** Another order of this number has come since its orders were counted. */
  readonly overtaken: boolean;
}

@Injectable()
export class OrderPlacementRepository {
  constructor(private readonly config: AppConfig) {}

  async countUnpaid(
    manager: EntityManager,
    phoneNumber: string,
    counting: { readonly prefix: string; readonly limit: number | null },
  ): Promise<CountedOrders> {
    const { prefix, limit } = counting;
    const values = [phoneNumber, prefix, limit];
    const [row] = await rowsOf<CountedOrders>(manager, COUNT_UNPAID, values);
    return row!;
  }

  /**
   * One statement: the whole order with its stock, customer and intent, bound to its Idempotency-Key.
   * With `counted` only where no other order of this number has come since.
   */
  async place(
    manager: EntityManager,
    order: NewOrder,
    counted: CountedOrders | null,
  ): Promise<PlacedRow | RefusedRow> {
    const { customer, items, idempotencyKey } = order;
    const { shop, stripe } = this.config;
    const isKeyed = idempotencyKey !== null;
    const plain = isKeyed ? PLACE_KEYED : PLACE;
    const capped = isKeyed ? PLACE_KEYED_CAPPED : PLACE_CAPPED;
    const [row] = await rowsOf<PlacedRow | RefusedRow>(manager, counted ? capped : plain, [
      counted?.customerId ?? order.customerId,
      customer.phoneNumber,
      customer.firstName ?? null,
      customer.lastName ?? null,
      customer.email ?? null,
      customer.locale ?? null,
      order.id,
      items.map(({ sku }) => sku),
      items.map(({ quantity }) => quantity),
      JSON.stringify(commonSessionParams(order.id, this.config)),
      stripe.checkoutTtlMinutes,
      shop.timeZone,
      idempotencyKey,
      ...(counted ? [counted.customerVersion] : []),
    ]);
    return row!;
  }
}
