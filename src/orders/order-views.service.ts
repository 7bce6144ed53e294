import { Injectable } from '@nestjs/common';
import { CustomersService } from '../customers/customers.service.js';
import type { NotificationView } from '../notifications/notification.response.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import type { OpenedOrder } from './checkout-opening.repository.js';
import type { ListOrdersQuery } from './dto/list-orders.query.js';
import type { OrderResponse } from './dto/order.response.js';
import type { TimelineEntryResponse } from './dto/timeline.response.js';
import type { PlacedOrder } from './order-placement.service.js';
import type { PaymentStatus } from './order-status.js';
import type { Order } from './order.entity.js';
import { OrdersRepository } from './orders.repository.js';

/** Puts orders together for the outside; the number of queries does not grow with the number of orders. */
@Injectable()
export class OrderViews {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly customers: CustomersService,
    private readonly notifications: NotificationsService,
  ) {}

  /** An order that was just placed and opened, as `find` would answer it, without reading it. */
  opened(order: OpenedOrder, { customer, lines }: PlacedOrder): OrderResponse {
    const items = lines.map((line) => ({ ...line, lineAmount: line.quantity * line.unitAmount }));
    return response({ ...order, items }, { ...customer, id: order.customerId }, order);
  }

  async find(id: string): Promise<OrderResponse | null> {
    return this.orders.findView(id);
  }

  /**
   * By any session the order has had, the current one or an older one. `failed`: the payment that was
   * promised there did not come, and the order waits for another one.
   */
  async findBySession(
    stripeSessionId: string,
  ): Promise<{ order: OrderResponse; failed: boolean } | null> {
    const found = await this.orders.findBySession(stripeSessionId);
    if (!found) return null;
    const [order] = await this.responses([found.order]);
    const { status, paymentStatus } = found.order;
    const waits = status === 'pending' && paymentStatus === 'pending';
    return { order: order!, failed: found.failed && waits };
  }

  async list(query: ListOrdersQuery, afterId: string | null): Promise<OrderResponse[]> {
    return this.responses(await this.orders.list(query, afterId));
  }

  async exists(id: string): Promise<boolean> {
    return this.orders.exists(id);
  }

  /** One column, for what needs no more of an order: every pickup image asks. */
  async findPaymentStatus(id: string): Promise<PaymentStatus | null> {
    return this.orders.findPaymentStatus(id);
  }

  /** Whether a link of this order is being made: it will be sent to the customer. */
  async isLinkComing(id: string): Promise<boolean> {
    return this.orders.isLinkComing(id);
  }

  /** Every transition and message of an order, oldest first. */
  async timeline(id: string): Promise<TimelineEntryResponse[]> {
    const [events, messages] = await Promise.all([
      this.orders.listEvents(id),
      this.notifications.listForOrder(id),
    ]);
    const entries = events.map(({ createdAt: at, type, data }) => ({ at, type, data }));
    return [...entries, ...messages.map(messageEntry)].toSorted(
      (one, other) => one.at.getTime() - other.at.getTime(),
    );
  }

  private async responses(orders: readonly Order[]): Promise<OrderResponse[]> {
    const sessionIds = orders.flatMap(({ stripeSessionId }) => stripeSessionId ?? []);
    const [customers, links] = await Promise.all([
      this.customers.findByIds(orders.map(({ customerId }) => customerId)),
      this.orders.findLinks(sessionIds),
    ]);
    const bySession = new Map(links.map((link) => [link.stripeSessionId, link]));
    return orders.map((order) =>
      response(
        order,
        customers.get(order.customerId)!,
        order.status === 'pending' ? bySession.get(order.stripeSessionId ?? '') : undefined,
      ),
    );
  }
}

function messageEntry(message: NotificationView): TimelineEntryResponse {
  const { createdAt, kind, channel, status, deliveryStatus, errorCode, sentAt } = message;
  const resends = message.failedProviderIds.length;
  return {
    at: createdAt,
    type: `message.${kind}`,
    data: { channel, status, deliveryStatus, errorCode, sentAt, ...(resends > 0 && { resends }) },
  };
}

/** Of an entity or of what a statement has answered: the same members in the same order. */
function response(
  order: Omit<OrderResponse, 'customer' | 'paymentUrl' | 'paymentExpiresAt'>,
  customer: OrderResponse['customer'],
  link: { readonly url: string | null; readonly expiresAt: Date | null } | undefined,
): OrderResponse {
  return {
    id: order.id,
    orderNumber: order.orderNumber,
    status: order.status,
    paymentStatus: order.paymentStatus,
    currency: order.currency,
    totalAmount: order.totalAmount,
    items: order.items.map(({ sku, brand, model, quantity, unitAmount, lineAmount }) => ({
      sku,
      brand,
      model,
      quantity,
      unitAmount,
      lineAmount,
    })),
    customer: {
      id: customer.id,
      firstName: customer.firstName,
      lastName: customer.lastName,
      email: customer.email,
      phoneNumber: customer.phoneNumber,
    },
    stripeSessionId: order.stripeSessionId,
    paymentUrl: link?.url ?? null,
    paymentExpiresAt: link?.expiresAt ?? null,
    reminderSent: order.reminderSent,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    paidAt: order.paidAt,
    cancelledAt: order.cancelledAt,
    cancelReason: order.cancelReason,
  };
}
