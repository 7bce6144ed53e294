import { Injectable } from '@nestjs/common';
import type { ProductResponse } from '../catalog/dto/product.response.js';
import { ProductsService } from '../catalog/products.service.js';
import { AppConfig } from '../config/app-config.js';
import { SANDBOX_SECRETS } from '../config/sandbox-defaults.js';
import type { OrderResponse } from '../orders/dto/order.response.js';
import { OrdersService } from '../orders/orders.service.js';
import type { PhoneView } from './providers/phone-view.js';
import { ProviderControl } from './providers/provider-control.js';

/** Everything the pages show. Amounts in minor units. */
export interface SandboxStateView {
  readonly now: Date;
  readonly shopName: string;
  /** Which providers are doubles. */
  readonly doubles: ProviderControl['runs'];
  /** Null for a key that is not the sandbox's public one: it is nobody's business here. */
  readonly keys: Readonly<Record<'admin' | 'shop' | 'counter', string | null>>;
  readonly products: readonly ProductResponse[];
  /** The latest twenty, the last one placed first. */
  readonly orders: readonly OrderResponse[];
  /** Ids of orders whose payment the customer's bank disputes. */
  readonly disputed: readonly string[];
  readonly phone: PhoneView;
}

const ORDERS_SHOWN = 20;
const PRODUCTS_SHOWN = 100;

@Injectable()
export class SandboxState {
  constructor(
    private readonly config: AppConfig,
    private readonly orders: OrdersService,
    private readonly products: ProductsService,
    private readonly control: ProviderControl,
  ) {}

  /** The conversation with `number`, or with whoever was written to last. */
  async read(number: string | null): Promise<SandboxStateView> {
    const [products, orders, phone, disputed] = await Promise.all([
      this.products.list({ limit: PRODUCTS_SHOWN }),
      this.orders.list({ limit: ORDERS_SHOWN }),
      this.control.phone(number),
      this.control.disputedSessions(),
    ]);
    const { adminKeys, shopKeys, counterKeys } = this.config.access;
    return {
      now: new Date(),
      shopName: this.config.shop.name,
      doubles: this.control.runs,
      keys: {
        admin: publicKey(adminKeys),
        shop: publicKey(shopKeys),
        counter: publicKey(counterKeys),
      },
      products: products.data.filter(({ active }) => active),
      // By number, not by age: an order that was made older stays where it was.
      orders: orders.data.toSorted((one, other) => (one.orderNumber < other.orderNumber ? 1 : -1)),
      disputed: orders.data
        .filter(({ stripeSessionId }) => disputed.includes(stripeSessionId ?? ''))
        .map(({ id }) => id),
      phone,
    };
  }
}

const publicKey = (keys: readonly string[]): string | null =>
  keys.find((key) => SANDBOX_SECRETS.has(key)) ?? null;
