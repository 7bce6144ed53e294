import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { repeatingConflicts, rowsOf } from '../database/transaction.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import type { CheckoutSessionState } from '../stripe/checkout.gateway.js';
import { STORE_OPENING, STORE_OPENING_OF_LINES } from './checkout-opening.sql.js';
import type { PayableLine } from './checkout-session-params.js';
import type { CalledIntent } from './checkout-sessions.repository.js';
import { endsWithLink } from './order-messages.service.js';
import type { Order } from './order.entity.js';

/** What the statement answers: of an order that was just placed, all that its writer cannot know. */
type OpenedRow = Pick<
  Order,
  | 'status'
  | 'paymentStatus'
  | 'reminderSent'
  | 'createdAt'
  | 'updatedAt'
  | 'paidAt'
  | 'cancelledAt'
  | 'cancelReason'
>;

/** The order right after its link was opened; that is null once it has expired by the database's clock. */
export interface OpenedOrder extends OpenedRow {
  readonly stripeSessionId: string;
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
    intent: CalledIntent,
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
    const [row] = await repeatingConflicts(() =>
      lines
        ? rowsOf<AnsweredRow>(manager, STORE_OPENING_OF_LINES, [...values, messageItems(lines)])
        : rowsOf<AnsweredRow>(manager, STORE_OPENING, values),
    );
    if (!row) return null;
    const { isLive, ...order } = row;
    const link = isLive ? { url: state.url, expiresAt: state.expiresAt } : NO_LINK;
    return { ...order, stripeSessionId: state.id, ...link };
  }
}

type AnsweredRow = OpenedRow & { readonly isLive: boolean };

const NO_LINK = { url: null, expiresAt: null };

const messageItems = (lines: readonly PayableLine[]): string =>
  JSON.stringify(
    lines.map(({ brand, model, quantity, unitAmount }) => ({ brand, model, quantity, unitAmount })),
  );
