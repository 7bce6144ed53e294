import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { productsOf } from '../catalog/stock.service.js';
import { MAXIMUM_CHARGE_AMOUNT, MINIMUM_CHARGE_AMOUNT } from '../common/money.js';
import { parsePhoneNumber } from '../common/phone-number.js';
import { timeOrderedId } from '../common/time-ordered-id.js';
import { AppConfig } from '../config/app-config.js';
import {
  type CustomerDetails,
  CustomersService,
  isNumberTaken,
} from '../customers/customers.service.js';
import { repeatingConflicts } from '../database/transaction.js';
import { checkoutSessionParams } from './checkout-session-params.js';
import type { CheckoutIntent } from './checkout-sessions.repository.js';
import type { CreateOrderDto, OrderCustomerDto, OrderLineDto } from './dto/create-order.dto.js';
import { Idempotency } from './idempotency.service.js';
import { OrderCaps } from './order-caps.service.js';
import {
  OrderPlacementRepository,
  type PlacedRow,
  type PricedLine,
} from './order-placement.repository.js';
import { AmountOutOfRangeError, MixedCurrenciesError } from './orders.errors.js';

/** A new order as it was written: for whom, what, and the intent of its payment link. */
export interface PlacedOrder {
  readonly intent: CheckoutIntent;
  readonly customer: Pick<PlacedRow, 'firstName' | 'lastName' | 'email'> & { phoneNumber: string };
  readonly lines: readonly PricedLine[];
}

interface Request {
  readonly customer: CustomerDetails;
  readonly items: readonly OrderLineDto[];
  readonly idempotencyKey: string | null;
}

/** Quotes that others may make untrue before this request waits in line for its customer. */
const FREE_ATTEMPTS = 2;
const MAX_ATTEMPTS = 6;

/** Writes a new order whole: customer, stock, prices, lines and the intent of its payment link. */
@Injectable()
export class OrderPlacement {
  constructor(
    private readonly config: AppConfig,
    private readonly dataSource: DataSource,
    private readonly orders: OrderPlacementRepository,
    private readonly customers: CustomersService,
    private readonly caps: OrderCaps,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Two statements: a quote, which decides whether the order can be, and the order itself, which is
   * written only where the quote still holds; else it is quoted again. Throws what `productsOf` and
   * OrderCaps.check throw, refuses amounts that cannot be charged, and IdempotencyKeyInUseError when
   * another request has taken the key over. A refused order leaves nothing behind.
   */
  async place(body: CreateOrderDto, idempotencyKey: string | null): Promise<PlacedOrder> {
    const request = { customer: detailsOf(body.customer), items: body.items, idempotencyKey };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const placed = await this.attempt(request, attempt > FREE_ATTEMPTS);
      if (placed) return placed;
      if (idempotencyKey !== null) await this.idempotency.refuseTaken(idempotencyKey);
    }
    throw Object.assign(new Error('Other orders changed what this one needs'), { code: '40001' });
  }

  /**
   * `inLine`: behind everybody else who orders with this number, where it could go on for ever. Where
   * unpaid orders are capped, one connection is kept from the count to the order, so that no more orders
   * than there are connections can pass a count together.
   */
  private async attempt(request: Request, inLine: boolean): Promise<PlacedOrder | null> {
    const { manager } = this.dataSource;
    const { phoneNumber } = request.customer;
    const isCapped = this.caps.countingFor(phoneNumber) !== null;
    try {
      return await repeatingConflicts(() =>
        inLine || isCapped
          ? this.dataSource.transaction(async (own) => {
              if (inLine) await this.customers.lock(own, phoneNumber);
              return this.write(own, request);
            })
          : this.write(manager, request),
      );
    } catch (error) {
      if (isNumberTaken(error)) return null;
      throw error;
    }
  }

  private async write(manager: EntityManager, request: Request): Promise<PlacedOrder | null> {
    const { customer, items, idempotencyKey } = request;
    const skus = items.map(({ sku }) => sku);
    const counting = this.caps.countingFor(customer.phoneNumber);
    const quote = await this.orders.quote(manager, customer.phoneNumber, skus, counting);
    if (quote.unpaid) this.caps.check(quote.unpaid, customer);
    const products = productsOf(items, quote.products ?? []);
    const lines = products.map(({ id: productId, sku, brand, model, unitAmount }, index) => {
      const { quantity } = items[index]!;
      return { productId, sku, brand, model, quantity, unitAmount };
    });
    const { orderNumber, linkEndsAt } = quote;
    const order = {
      id: timeOrderedId(),
      orderNumber,
      customerId: quote.customerId ?? timeOrderedId(),
      currency: onlyOne(products.map((product) => product.currency)),
    };
    const totalAmount = totalOf(lines);
    const intent = await this.orders.place(manager, {
      ...order,
      customer,
      customerVersion: counting && quote.customerVersion,
      totalAmount,
      lines,
      params: checkoutSessionParams({ ...order, items: lines }, linkEndsAt, this.config),
      linkEndsAt,
      idempotencyKey,
    });
    if (!intent) return null;
    const { firstName, lastName, email } = intent;
    const { phoneNumber } = customer;
    return { intent, lines, customer: { firstName, lastName, email, phoneNumber } };
  }
}

/** The validator has parsed the number already: here it only takes its one stored form. */
function detailsOf(customer: OrderCustomerDto): CustomerDetails {
  return { ...customer, phoneNumber: parsePhoneNumber(customer.phoneNumber)! };
}

function onlyOne(currencies: readonly string[]): string {
  const [currency, ...others] = new Set(currencies);
  if (!currency || others.length > 0) throw new MixedCurrenciesError();
  return currency;
}

function totalOf(lines: readonly PricedLine[]): number {
  const total = lines.reduce((sum, { quantity, unitAmount }) => sum + quantity * unitAmount, 0);
  if (total < MINIMUM_CHARGE_AMOUNT || total > MAXIMUM_CHARGE_AMOUNT) {
    throw new AmountOutOfRangeError(MINIMUM_CHARGE_AMOUNT, MAXIMUM_CHARGE_AMOUNT);
  }
  return total;
}
