import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan, type SelectQueryBuilder } from 'typeorm';
import { CheckoutSession } from './checkout-session.entity.js';
import { rowsOf } from '../database/transaction.js';
import type { ListOrdersQuery } from './dto/list-orders.query.js';
import type { OrderItemResponse, OrderResponse } from './dto/order.response.js';
import { OrderEvent } from './order-event.entity.js';
import { containing, phoneDigits } from './order-search.js';
import type { PaymentStatus } from './order-status.js';
import { ORDER_VIEW } from './order-view.sql.js';
import { Order } from './order.entity.js';

/** The link of an order, when its current session is open by the database's clock. */
export interface PaymentLink {
  readonly stripeSessionId: string;
  readonly url: string;
  readonly expiresAt: Date;
}

/** What an order shows of itself, be it live or archived. */
export type ShownOrder = Omit<Order, 'items'> & { readonly items: OrderItemResponse[] };

/** An order in a list; `placedAt` in microseconds, since a Date would put two of one instant in disorder. */
export interface ListedOrder {
  readonly placedAt: bigint;
  readonly order: ShownOrder;
}

/** The row a list goes on behind; `createdAt` as PostgreSQL writes it, to the microsecond. */
export interface ListPosition {
  readonly createdAt: string;
  readonly id: string;
}

/** Reads only; what changes orders is in the repositories beside this one. */
@Injectable()
export class OrdersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement, and no entity: every client that waits for a payment asks this again and again. */
  async findView(id: string): Promise<OrderResponse | null> {
    const [row] = await rowsOf<OrderResponse>(this.dataSource.manager, ORDER_VIEW, [id]);
    return row ?? null;
  }

  async findById(id: string): Promise<Order | null> {
    return this.dataSource.manager.findOne(Order, {
      where: { id },
      relations: { items: true },
      order: { items: { position: 'ASC' } },
    });
  }

  /** `failed`: the customer went through to the end of this session, and had to be given another one. */
  async findBySession(stripeSessionId: string): Promise<{ order: Order; failed: boolean } | null> {
    const session = await this.dataSource.manager.findOneBy(CheckoutSession, { stripeSessionId });
    if (!session) return null;
    const { orderId, attempt, status } = session;
    const failed =
      status === 'complete' &&
      (await this.dataSource.manager.existsBy(CheckoutSession, {
        orderId,
        attempt: MoreThan(attempt),
      }));
    const order = await this.findById(orderId);
    return order && { order, failed };
  }

  async findPaymentStatus(id: string): Promise<PaymentStatus | null> {
    const order = await this.dataSource.manager.findOne(Order, {
      select: { paymentStatus: true },
      where: { id },
    });
    return order?.paymentStatus ?? null;
  }

  async findPosition(id: string): Promise<ListPosition | null> {
    const [row] = await rowsOf<ListPosition>(
      this.dataSource.manager,
      `SELECT created_at::text AS "createdAt", id FROM orders WHERE id = $1`,
      [id],
    );
    return row ?? null;
  }

  /** Newest first, one row more than the page holds. */
  async list(query: ListOrdersQuery, after: ListPosition | null): Promise<ListedOrder[]> {
    const builder = this.dataSource.manager
      .createQueryBuilder(Order, 'o')
      .select('o.id', 'id')
      .addSelect('(extract(epoch FROM o.created_at) * 1000000)::bigint', 'placedAt')
      .orderBy('o.createdAt', 'DESC')
      .addOrderBy('o.id', 'DESC')
      .limit(query.limit + 1);
    this.narrow(builder, query);
    if (after) {
      // Compared inside the database: a cursor in JavaScript's milliseconds would lose rows.
      builder.andWhere(
        '(o.createdAt, o.id) < (CAST(:createdAt AS timestamptz), CAST(:id AS uuid))',
        after,
      );
    }
    const page = await builder.getRawMany<{ id: string; placedAt: string }>();
    const found = await this.dataSource.manager.find(Order, {
      where: { id: In(page.map(({ id }) => id)) },
      relations: { items: true },
      order: { items: { position: 'ASC' } },
    });
    const byId = new Map(found.map((order) => [order.id, order]));
    return page.flatMap(({ id, placedAt }) => {
      const order = byId.get(id);
      return order ? [{ placedAt: BigInt(placedAt), order }] : [];
    });
  }

  async findLinks(stripeSessionIds: readonly string[]): Promise<PaymentLink[]> {
    if (stripeSessionIds.length === 0) return [];
    return this.dataSource.manager
      .createQueryBuilder(CheckoutSession, 's')
      .select('s.stripe_session_id', 'stripeSessionId')
      .addSelect('s.url', 'url')
      .addSelect('s.expires_at', 'expiresAt')
      .where('s.stripe_session_id IN (:...stripeSessionIds)', { stripeSessionIds })
      .andWhere(`s.status = 'open' AND s.expires_at > now()`)
      .getRawMany<PaymentLink>();
  }

  async isLinkComing(orderId: string): Promise<boolean> {
    return this.dataSource.manager.existsBy(CheckoutSession, { orderId, status: 'creating' });
  }

  async listEvents(orderId: string): Promise<OrderEvent[]> {
    return this.dataSource.manager.find(OrderEvent, { where: { orderId }, order: { id: 'ASC' } });
  }

  private narrow(builder: SelectQueryBuilder<Order>, query: ListOrdersQuery): void {
    const { status, paymentStatus, createdFrom, createdTo, q } = query;
    if (status) builder.andWhere('o.status = :status', { status });
    if (paymentStatus) builder.andWhere('o.paymentStatus = :paymentStatus', { paymentStatus });
    if (createdFrom) {
      builder.andWhere('o.createdAt >= :from', { from: new Date(createdFrom) });
    }
    if (createdTo) builder.andWhere('o.createdAt < :to', { to: new Date(createdTo) });
    if (q) {
      const digits = phoneDigits(q);
      builder.andWhere(
        `(o.orderNumber ILIKE :number OR (:digits <> '' AND o.customerId IN (
           SELECT c.id FROM customers c WHERE c.phone_number LIKE :phone)))`,
        { number: containing(q), digits, phone: containing(digits) },
      );
    }
  }
}
