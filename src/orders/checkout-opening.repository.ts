import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { repeatingConflicts, rowsOf } from '../database/transaction.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import type { CheckoutSessionState } from '../stripe/checkout.gateway.js';
import { STORE_OPENING, STORE_OPENING_OF_LINES } from './checkout-opening.sql.js';
import type { PayableLine } from './checkout-session-params.js';
import type { CheckoutIntent } from './checkout-sessions.repository.js';
import { endsWithLink } from './order-messages.service.js';
import type { Order } from './order.entity.js';

/** An order as it is right after its link was opened; that is null once it has expired by the database's clock. */
export interface OpenedOrder extends Omit<Order, 'items' | 'pickedUpAt'> {
  readonly url: string | null;
  readonly expiresAt: Date | null;
}

@Injectable()
export class CheckoutOpeningRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly notifications: NotificationsService,
  ) {}

  /**
   * Session, order, timeline and message in one statement, which is a transaction by itself. Null:
   * nobody waits for this link any more, or an event that was faster than the answer has settled it.
   * `lines` are the order's, where they are known: the statement need not read them.
   */
  async store(
    intent: CheckoutIntent,
    state: CheckoutSessionState,
    lines: readonly PayableLine[] | null,
  ): Promise<OpenedOrder | null> {
    const { announcement, attempt } = intent;
    const { kinds, channels } = this.notifications.plan;
    const values = [
      intent.orderId,
      intent.id,
      state.id,
      state.url,
      state.expiresAt,
      state.status === 'open',
      JSON.stringify({ stripeSessionId: state.id, expiresAt: state.expiresAt.toISOString() }),
      announcement,
      attempt === 1 ? '' : String(attempt),
      announcement && endsWithLink(announcement) ? state.expiresAt : null,
      kinds,
      channels,
    ];
    const { manager } = this.dataSource;
    const [order] = await repeatingConflicts(() =>
      lines
        ? rowsOf<OpenedOrder>(manager, STORE_OPENING_OF_LINES, [...values, messageItems(lines)])
        : rowsOf<OpenedOrder>(manager, STORE_OPENING, values),
    );
    return order ?? null;
  }
}

const messageItems = (lines: readonly PayableLine[]): string =>
  JSON.stringify(
    lines.map(({ brand, model, quantity, unitAmount }) => ({ brand, model, quantity, unitAmount })),
  );
