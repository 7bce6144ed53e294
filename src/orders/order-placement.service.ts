import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { productsOf } from '../catalog/stock.service.js';
import { MAXIMUM_CHARGE_AMOUNT, MINIMUM_CHARGE_AMOUNT } from '../common/money.js';
import { parsePhoneNumber } from '../common/phone-number.js';
import { timeOrderedId } from '../common/time-ordered-id.js';
import {
  type CustomerDetails,
  CustomersService,
  isNumberTaken,
} from '../customers/customers.service.js';
import { repeatingConflicts } from '../database/transaction.js';
import type { CalledIntent } from './checkout-sessions.repository.js';
import type { CreateOrderDto, OrderCustomerDto, OrderLineDto } from './dto/create-order.dto.js';
import { Idempotency } from './idempotency.service.js';
import { OrderCaps } from './order-caps.service.js';
import {
  type CountedOrders,
  OrderPlacementRepository,
  type PlacedRow,
} from './order-placement.repository.js';
import { FIRST_INTENT } from './order-placement.sql.js';
import { AmountOutOfRangeError, MixedCurrenciesError } from './orders.errors.js';

/** A line as it is frozen in the order; amounts in minor units. */
export interface PricedLine {
  readonly sku: string;
  readonly brand: string;
  readonly model: string;
  readonly quantity: number;
  readonly unitAmount: number;
  readonly currency: string;
}

/** A new order as it was written: what, for whom, and the intent of its payment link. */
export interface PlacedOrder {
  readonly id: string;
  readonly orderNumber: string;
  readonly currency: string;
  readonly totalAmount: number;
  readonly lines: readonly PricedLine[];
  readonly customer: Pick<PlacedRow, 'firstName' | 'lastName' | 'email'> & {
    readonly id: string;
    readonly phoneNumber: string;
  };
  readonly intent: CalledIntent;
}

interface Request {
  readonly customer: CustomerDetails;
  readonly items: readonly OrderLineDto[];
  readonly idempotencyKey: string | null;
}

/** Counts that others may make untrue before this request waits in line for its customer. */
const FREE_ATTEMPTS = 2;
const MAX_ATTEMPTS = 6;

/** Writes a new order whole: customer, stock, prices, lines and the intent of its payment link. */
@Injectable()
export class OrderPlacement {
  constructor(
    private readonly dataSource: DataSource,
    private readonly orders: OrderPlacementRepository,
    private readonly customers: CustomersService,
    private readonly caps: OrderCaps,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * One statement, which writes the order or says why it cannot be. Throws what `productsOf` and
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
   * Where unpaid orders are capped, one connection is kept from the count to the order, so that no more
   * orders than there are connections can pass a count together. `inLine`: behind everybody else who
   * orders with this number, where it could go on for ever. Null: another order of the number was
   * faster, or the key has been taken over.
   */
  private async attempt(request: Request, inLine: boolean): Promise<PlacedOrder | null> {
    const { phoneNumber } = request.customer;
    const counting = this.caps.countingFor(phoneNumber);
    try {
      return await repeatingConflicts(async () => {
        if (counting === null) return this.write(this.dataSource.manager, request, null);
        return this.dataSource.transaction(async (own) => {
          if (inLine) await this.customers.lock(own, phoneNumber);
          const counted = await this.orders.countUnpaid(own, phoneNumber, counting);
          this.caps.check(counted.unpaid, request.customer);
          return this.write(own, request, counted);
        });
      });
    } catch (error) {
      if (isNumberTaken(error)) return null;
      throw error;
    }
  }

  private async write(
    manager: EntityManager,
    request: Request,
    counted: CountedOrders | null,
  ): Promise<PlacedOrder | null> {
    const { customer, items } = request;
    const id = timeOrderedId();
    const order = { ...request, id, customerId: timeOrderedId() };
    const row = await this.orders.place(manager, order, counted);
    if (row.overtaken) return null;
    const lines = productsOf(items, row.products ?? []).map((product, index) => {
      const { sku, brand, model, unitAmount, currency } = product;
      return { sku, brand, model, quantity: items[index]!.quantity, unitAmount, currency };
    });
    const totalAmount = lines.reduce((sum, line) => sum + line.quantity * line.unitAmount, 0);
    if (row.id === null) {
      refuseUnchargeable(lines, totalAmount);
      return null;
    }
    const { orderNumber, customerId, firstName, lastName, email, idempotencyKey, params } = row;
    const { phoneNumber } = customer;
    return {
      id,
      orderNumber,
      currency: lines[0]!.currency,
      totalAmount,
      lines,
      customer: { id: customerId, firstName, lastName, email, phoneNumber },
      intent: { ...FIRST_INTENT, id: row.id, orderId: id, idempotencyKey, params },
    };
  }
}

/** The validator has parsed the number already: here it only takes its one stored form. */
function detailsOf(customer: OrderCustomerDto): CustomerDetails {
  return { ...customer, phoneNumber: parsePhoneNumber(customer.phoneNumber)! };
}

/** Throws for what makes `PLACE` refuse lines that are all for sale. */
function refuseUnchargeable(lines: readonly PricedLine[], total: number): void {
  if (new Set(lines.map(({ currency }) => currency)).size > 1) throw new MixedCurrenciesError();
  if (total < MINIMUM_CHARGE_AMOUNT || total > MAXIMUM_CHARGE_AMOUNT) {
    throw new AmountOutOfRangeError(MINIMUM_CHARGE_AMOUNT, MAXIMUM_CHARGE_AMOUNT);
  }
}
