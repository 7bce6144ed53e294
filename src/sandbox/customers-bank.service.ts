import { Injectable } from '@nestjs/common';
import { OrdersService } from '../orders/orders.service.js';
import { type BankWord, ProviderControl } from './providers/provider-control.js';
import { NotDisputableError } from './sandbox.errors.js';

/** What the customer's bank does at the Stripe double, whose webhook tells the shop. */
@Injectable()
export class CustomersBank {
  constructor(
    private readonly orders: OrdersService,
    private readonly control: ProviderControl,
  ) {}

  /** Throws OrderNotFoundError, or NotDisputableError when there is nothing to dispute, or to decide. */
  async say(orderId: string, word: BankWord): Promise<void> {
    const { stripeSessionId } = await this.orders.get(orderId);
    const isDone = stripeSessionId !== null && (await this.control.dispute(stripeSessionId, word));
    if (!isDone) throw new NotDisputableError();
  }
}
