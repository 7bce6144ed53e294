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
import { ArchivedOrdersRepository } from './archived-orders.repository.js';
import {
  type ListedOrder,
  type ListPosition,
  OrdersRepository,
  type ShownOrder,
} from './orders.repository.js';

/**
 * Puts orders together for the outside: live ones and, where there is no such, archived ones. The number
 * of queries does not grow with the number of orders.
 */
@Injectable()
export class OrderViews {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly archived: ArchivedOrdersRepository,
    private readonly customers: CustomersService,
    private readonly notifications: NotificationsService,
  ) {}

  /** An order that was just placed and opened, as `find` would answer it, without reading it. */
  opened(opened: OpenedOrder, placed: PlacedOrder): OrderResponse {
    const items = placed.lines.map((line) => ({
      ...line,
      lineAmount: line.quantity * line.unitAmount,
    }));
    return response({ ...placed, ...opened, items }, placed.customer, opened);
  }

  async find(id: string): Promise<OrderResponse | null> {
    return (await this.orders.findView(id)) ?? this.findArchived(id);
  }

  /**
   * By any session the order has had, the current one or an older one. `failed`: the payment that was
   * promised there did not come, and the order waits for another one.
   */
  async findBySession(
    stripeSessionId: string,
  ): Promise<{ order: OrderResponse; failed: boolean } | null> {
    const found =
      (await this.orders.findBySession(stripeSessionId)) ??
      (await this.findArchivedBySession(stripeSessionId));
    if (!found) return null;
    const [order] = await this.responses([found.order]);
    const { status, paymentStatus } = found.order;
    const waits = status === 'pending' && paymentStatus === 'pending';
    return { order: order!, failed: found.failed && waits };
  }

  /** Newest first, one more than the page holds. The archive is asked for what it can have on this page. */
  async list(query: ListOrdersQuery, after: ListPosition | null): Promise<OrderResponse[]> {
    const live = await this.orders.list(query, after);
    const isFull = live.length > query.limit;
    const floor = isFull ? live.at(-1)!.order.createdAt : null;
    const archived = await this.archived.list(query, after, floor);
    const page = [...live, ...archived].toSorted(newestFirst).slice(0, query.limit + 1);
    return this.responses(page.map(({ order }) => order));
  }

  /** Where a list goes on behind this order. Null: there is no such order. */
  async findPosition(id: string): Promise<ListPosition | null> {
    return (await this.orders.findPosition(id)) ?? this.archived.findPosition(id);
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
  async timeline({ id, createdAt, updatedAt }: OrderResponse): Promise<TimelineEntryResponse[]> {
    const [live, messages] = await Promise.all([
      this.orders.listEvents(id),
      this.notifications.listForOrder(id, { from: createdAt, lastChangeAt: updatedAt }),
    ]);
    // Every live order has its first line.
    const events = live.length > 0 ? live : await this.archived.listEvents(id);
    const entries = events.map(({ createdAt: at, type, data }) => ({ at, type, data }));
    return [...entries, ...messages.map(messageEntry)].toSorted(
      (one, other) => one.at.getTime() - other.at.getTime(),
    );
  }

  private async findArchived(id: string): Promise<OrderResponse | null> {
    const order = await this.archived.find(id);
    return order ? (await this.responses([order]))[0]! : null;
  }

  /** An archived order waits for nothing: whatever failed, it is over. */
  private async findArchivedBySession(
    stripeSessionId: string,
  ): Promise<{ order: ShownOrder; failed: boolean } | null> {
    const order = await this.archived.find(stripeSessionId);
    return order && { order, failed: false };
  }

  private async responses(orders: readonly ShownOrder[]): Promise<OrderResponse[]> {
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

/** As the database sorts them: by instant, then by id. */
function newestFirst(one: ListedOrder, other: ListedOrder): number {
  if (one.placedAt !== other.placedAt) return one.placedAt < other.placedAt ? 1 : -1;
  return one.order.id < other.order.id ? 1 : -1;
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
