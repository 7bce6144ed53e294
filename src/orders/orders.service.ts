import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { decodeCursor, InvalidCursorError, type Page, pageOf } from '../common/cursor.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { CheckoutSessionsService } from './checkout-sessions.service.js';
import type { CreateOrderDto } from './dto/create-order.dto.js';
import type { ListOrdersQuery } from './dto/list-orders.query.js';
import type { OrderResponse } from './dto/order.response.js';
import { Idempotency } from './idempotency.service.js';
import { OrderPlacement } from './order-placement.service.js';
import { OrderViews } from './order-views.service.js';
import { OrderNotFoundError } from './orders.errors.js';
import type { ListPosition } from './orders.repository.js';

const UUID = /^[0-9a-f-]{36}$/;

/** Orders as clients see them: placed once, read, listed. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly placement: OrderPlacement,
    private readonly checkout: CheckoutSessionsService,
    private readonly idempotency: Idempotency,
    private readonly views: OrderViews,
    private readonly notifications: NotificationsService,
  ) {}

  /**
   * Places an order and asks Stripe for its link. `replayed`: an earlier request with this key made it.
   * Stripe out of reach is no failure: the order stands with `paymentUrl: null` and the customer gets
   * the link later.
   */
  async place(
    body: CreateOrderDto,
    idempotencyKey?: string,
  ): Promise<{ order: OrderResponse; replayed: boolean }> {
    const outcome = await this.idempotency.once(idempotencyKey, body, async () => {
      const placed = await this.placement.place(body, idempotencyKey ?? null);
      const answer = await this.checkout.open(placed.intent, placed.lines);
      if (answer) this.notifications.announce();
      // Composed from what was written; read only where that is not what a customer can pay.
      if (answer?.order) return this.views.opened(answer.order, placed);
      return this.get(placed.id);
    });
    if ('first' in outcome) return { order: outcome.first, replayed: false };
    return { order: await this.get(outcome.orderId), replayed: true };
  }

  /** Throws OrderNotFoundError. */
  async get(id: string): Promise<OrderResponse> {
    const order = await this.views.find(id);
    if (!order) throw new OrderNotFoundError();
    return order;
  }

  /** Newest first. Throws InvalidCursorError. */
  async list(query: ListOrdersQuery): Promise<Page<OrderResponse>> {
    const after = query.cursor === undefined ? null : await this.cursorRow(query.cursor);
    return pageOf(await this.views.list(query, after), query.limit, ({ id }) => id);
  }

  private async cursorRow(cursor: string): Promise<ListPosition> {
    const id = decodeCursor(cursor, UUID);
    const position = isUUID(id) ? await this.views.findPosition(id) : null;
    if (!position) throw new InvalidCursorError();
    return position;
  }
}
