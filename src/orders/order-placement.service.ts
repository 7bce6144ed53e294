import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { StockService } from '../catalog/stock.service.js';
import { MAXIMUM_CHARGE_AMOUNT, MINIMUM_CHARGE_AMOUNT } from '../common/money.js';
import { parsePhoneNumber } from '../common/phone-number.js';
import { CustomersService } from '../customers/customers.service.js';
import type { CheckoutIntent } from './checkout-sessions.repository.js';
import { CheckoutSessionsService } from './checkout-sessions.service.js';
import type { CreateOrderDto, OrderCustomerDto } from './dto/create-order.dto.js';
import { OrderCaps } from './order-caps.service.js';
import { OrderPlacementRepository, type PricedLine } from './order-placement.repository.js';
import { AmountOutOfRangeError, MixedCurrenciesError } from './orders.errors.js';

/** Writes a new order whole: customer, stock, prices, lines and the intent of its payment link. */
@Injectable()
export class OrderPlacement {
  constructor(
    private readonly orders: OrderPlacementRepository,
    private readonly customers: CustomersService,
    private readonly stock: StockService,
    private readonly sessions: CheckoutSessionsService,
    private readonly caps: OrderCaps,
  ) {}

  /** Call inside a transaction. Throws what StockService.reserve and OrderCaps.check throw, and
   * refuses amounts that cannot be charged. */
  async place(
    manager: EntityManager,
    { customer, items }: CreateOrderDto,
  ): Promise<CheckoutIntent> {
    const details = detailsOf(customer);
    const customerId = await this.customers.remember(manager, details);
    await this.caps.check(manager, { customerId, phoneNumber: details.phoneNumber });
    const products = await this.stock.reserve(manager, items);
    const lines = items.map(({ sku, quantity }): PricedLine => {
      const { id: productId, brand, model, unitAmount } = products.get(sku)!;
      return { productId, sku, brand, model, quantity, unitAmount };
    });
    const currency = onlyOne([...products.values()].map((product) => product.currency));
    const totalAmount = totalOf(lines);
    const { id, orderNumber } = await this.orders.insert(manager, {
      customerId,
      currency,
      totalAmount,
      lines,
    });
    const order = { id, orderNumber, customerId, currency, items: lines };
    return this.sessions.writeIntent(manager, order, {
      attempt: 1,
      announcement: 'order_confirmation',
      leased: true,
    });
  }
}

/** The validator has parsed the number already: here it only takes its one stored form. */
function detailsOf(customer: OrderCustomerDto) {
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
