import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import type { NotificationKind } from '../notifications/templates/message-template.js';
import { REPLAYED_FAILURE } from '../stripe/stripe.errors.js';
import { type CheckoutIntent, CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { CheckoutSessionsService } from './checkout-sessions.service.js';
import { LostSessions } from './lost-sessions.service.js';
import { type LockedOrder, OrderStateRepository } from './order-state.repository.js';
import {
  OrderNotFoundError,
  OrderNotPendingError,
  PaymentLinkNotReadyError,
  PaymentProcessingError,
} from './orders.errors.js';

/** Stripe takes no session that lives less than 30 minutes (docs.stripe.com/api/checkout/sessions/create). */
const LEAST_LIFE_MS = 31 * 60_000;

/**
 * A repeat can only fail: the expiry is too near by now, or Stripe has saved a failure under the key
 * and replays it (docs.stripe.com/api/idempotent_requests).
 */
const isSpent = ({ expiresAt, lastError }: CheckoutIntent): boolean =>
  expiresAt.getTime() < Date.now() + LEAST_LIFE_MS || lastError === REPLAYED_FAILURE;

/** The link of an order that still waits: the open one, or a new one when it has expired. */
@Injectable()
export class CheckoutLink {
  constructor(
    private readonly dataSource: DataSource,
    private readonly orders: OrderStateRepository,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly checkout: CheckoutSessionsService,
    private readonly lost: LostSessions,
  ) {}

  /**
   * Parallel calls get the same link: one that finds it being made asks Stripe the same with the same
   * key. Throws when the order does not wait, or Stripe cannot be reached.
   */
  async ensure(orderId: string): Promise<void> {
    const intent = await this.renew(orderId);
    if (!intent) return;
    if (!(await this.open(intent))) throw new PaymentLinkNotReadyError();
  }

  /**
   * Brings an intent to its link: by the same call again, or, where that can only fail, by the session
   * that a lost call has made, or by the next attempt. False: no link yet, or nobody waits for one.
   */
  async open(intent: CheckoutIntent): Promise<boolean> {
    if (!isSpent(intent)) return (await this.checkout.open(intent)) !== null;
    if (intent.lastError === REPLAYED_FAILURE) {
      const { orderId, createdAt, params } = intent;
      const wanted = { orderId, createdAt, expiresAt: params.expires_at! };
      const outcome = await this.checkout.adopt(intent, () => this.lost.find(wanted));
      if (outcome !== 'none') return outcome === 'adopted';
    }
    const next = await this.replace(intent);
    return next !== null && (await this.checkout.open(next)) !== null;
  }

  /** The next attempt in the place of one that is spent. Null: nobody waits for it any more. */
  private async replace(intent: CheckoutIntent): Promise<CheckoutIntent | null> {
    const { id, orderId, announcement } = intent;
    return inTransaction(this.dataSource, async (manager) => {
      const order = await this.orders.lock(manager, orderId);
      const isAbandoned = await this.sessions.abandonIntent(manager, id);
      const isWaiting = order?.status === 'pending' && order.paymentStatus === 'pending';
      if (!isAbandoned || !isWaiting) return null;
      return this.writeNext(manager, orderId, { announcement, leased: true });
    });
  }

  /** Null: the link is open. */
  private async renew(orderId: string): Promise<CheckoutIntent | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const order = await this.orders.lock(manager, orderId);
      if (!order) throw new OrderNotFoundError();
      refuseUnpayable(order);
      const [latest] = await this.sessions.findByOrder(manager, orderId);
      if (latest?.status === 'creating') return this.sessions.findIntent(manager, orderId);
      if (latest?.status === 'open' && !latest.expired) return null;
      if (latest?.status === 'closing') throw new OrderNotPendingError('being cancelled');
      // Expired by our clock; Stripe's may still let it be paid.
      await this.sessions.retire(manager, orderId, null);
      return this.writeNext(manager, orderId, { announcement: null, leased: true });
    });
  }

  /**
   * The intent of the order's next session; call inside the transaction that holds the order's lock,
   * when no session is live. For the plan see CheckoutSessionsService.writeIntent.
   */
  async writeNext(
    manager: EntityManager,
    orderId: string,
    plan: { announcement: NotificationKind | null; leased: boolean },
  ): Promise<CheckoutIntent> {
    const [latest] = await this.sessions.findByOrder(manager, orderId);
    const payable = await this.sessions.findPayableOrder(manager, orderId);
    const attempt = (latest?.attempt ?? 0) + 1;
    return this.checkout.writeIntent(manager, payable, { attempt, ...plan }, latest);
  }
}

function refuseUnpayable(order: LockedOrder): void {
  if (order.status !== 'pending') throw new OrderNotPendingError(order.status);
  if (order.paymentStatus === 'processing') throw new PaymentProcessingError();
}
