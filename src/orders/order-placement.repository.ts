import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { QuotedProduct } from '../catalog/stock.service.js';
import { AppConfig } from '../config/app-config.js';
import type { CustomerDetails } from '../customers/customers.service.js';
import { rowsOf } from '../database/transaction.js';
import type { CheckoutSessionParams } from '../stripe/checkout.gateway.js';
import type { CheckoutIntent } from './checkout-sessions.repository.js';
import type { UnpaidOrders } from './order-caps.service.js';
import { PLACE, QUOTE, QUOTE_WITH_CAPS } from './order-placement.sql.js';

/** What an order would be made of right now. */
export interface Quote {
  readonly orderNumber: string;
  /** When its link would end. */
  readonly linkEndsAt: Date;
  /** Of the phone number; null when nobody has ordered with it yet. */
  readonly customerId: string | null;
  readonly customerVersion: string | null;
  /** For sale, of those asked for; null when there is none. */
  readonly products: readonly QuotedProduct[] | null;
  /** Null when they were not to be counted. */
  readonly unpaid: UnpaidOrders | null;
}

/** A line as it is frozen in the order; amounts in minor units. */
export interface PricedLine {
  readonly productId: string;
  readonly sku: string;
  readonly brand: string;
  readonly model: string;
  readonly quantity: number;
  readonly unitAmount: number;
}

export interface NewOrder {
  readonly id: string;
  readonly orderNumber: string;
  readonly customerId: string;
  readonly customer: CustomerDetails;
  /** The customer's row must still be this one; null: whatever it is by now. */
  readonly customerVersion: string | null;
  readonly currency: string;
  readonly totalAmount: number;
  readonly lines: readonly PricedLine[];
  readonly params: CheckoutSessionParams;
  readonly linkEndsAt: Date;
  readonly idempotencyKey: string | null;
}

/** The intent as it is stored, and the customer as this order and earlier ones have told it. */
export interface PlacedRow extends CheckoutIntent {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
}

@Injectable()
export class OrderPlacementRepository {
  constructor(private readonly config: AppConfig) {}

  /** One statement. `counting` says what unpaid orders are counted, if any. */
  async quote(
    manager: EntityManager,
    phoneNumber: string,
    skus: readonly string[],
    counting: { readonly prefix: string; readonly limit: number | null } | null,
  ): Promise<Quote> {
    const { shop, stripe } = this.config;
    const asked = [phoneNumber, skus, shop.timeZone, stripe.checkoutTtlMinutes];
    const [row] = counting
      ? await rowsOf<Quote>(manager, QUOTE_WITH_CAPS, [...asked, counting.prefix, counting.limit])
      : await rowsOf<Quote>(manager, QUOTE, asked);
    return row!;
  }

  /**
   * One statement: the whole order with its stock, customer and intent, bound to its Idempotency-Key.
   * Null, and nothing written: what the quote said is no longer so.
   */
  async place(manager: EntityManager, order: NewOrder): Promise<PlacedRow | null> {
    const { customer, lines } = order;
    const [row] = await rowsOf<PlacedRow>(manager, PLACE, [
      order.customerId,
      customer.phoneNumber,
      customer.firstName ?? null,
      customer.lastName ?? null,
      customer.email ?? null,
      customer.locale ?? null,
      order.customerVersion,
      order.id,
      order.orderNumber,
      order.currency,
      order.totalAmount,
      lines.map(({ productId }) => productId),
      lines.map(({ sku }) => sku),
      lines.map(({ brand }) => brand),
      lines.map(({ model }) => model),
      lines.map(({ quantity }) => quantity),
      lines.map(({ unitAmount }) => unitAmount),
      JSON.stringify(order.params),
      order.linkEndsAt,
      order.idempotencyKey,
    ]);
    return row ?? null;
  }
}
