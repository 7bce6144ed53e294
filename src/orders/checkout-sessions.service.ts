import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import type { NotificationKind } from '../notifications/templates/message-template.js';
import { CheckoutGateway, type CheckoutSessionState } from '../stripe/checkout.gateway.js';
import { KEY_REFUSED, PaymentProviderError } from '../stripe/stripe.errors.js';
import { CheckoutOpeningRepository, type OpenedOrder } from './checkout-opening.repository.js';
import {
  checkoutSessionParams,
  type PayableLine,
  type PayableOrder,
} from './checkout-session-params.js';
import {
  type CalledIntent,
  type CheckoutIntent,
  CheckoutSessionsRepository,
} from './checkout-sessions.repository.js';

/** From five seconds to five minutes between calls for one session. */
const retrySeconds = (calls: number): number => Math.min(300, 5 * 2 ** Math.max(0, calls - 1));

/** Payment links: the intent is written first, Stripe is called after, its answer is stored last. */
@Injectable()
export class CheckoutSessionsService {
  private readonly logger = new Logger(CheckoutSessionsService.name);

  constructor(
    private readonly config: AppConfig,
    private readonly gateway: CheckoutGateway,
    private readonly sessions: CheckoutSessionsRepository,
    private readonly opening: CheckoutOpeningRepository,
  ) {}

  /**
   * Call inside a transaction. `announcement` is the message that carries the link once it exists;
   * `leased` says that the caller opens the session itself after the commit; `previous` is the attempt
   * before, whose session must not be taken for this one's: the expiry tells them apart.
   */
  async writeIntent(
    manager: EntityManager,
    order: PayableOrder,
    plan: { attempt: number; announcement: NotificationKind | null; leased: boolean },
    previous: { readonly expiresAt: Date } | null = null,
  ): Promise<CheckoutIntent> {
    const wanted = await this.sessions.instantIn(manager, this.config.stripe.checkoutTtlMinutes);
    const earliest = (previous?.expiresAt.getTime() ?? 0) + 1_000;
    const expiresAt = new Date(Math.max(wanted.getTime(), earliest));
    const params = checkoutSessionParams(order, expiresAt, this.config);
    return this.sessions.insertIntent(manager, {
      orderId: order.id,
      params,
      expiresAt,
      ...plan,
    });
  }

  /**
   * Never inside a transaction. Null: Stripe gave no link yet; the tick repeats the same call. `order`
   * is what waits for its payment now, or null when nobody waits for this link any more. `lines` are
   * the order's, given by whoever has just written them.
   */
  async open(
    intent: CalledIntent,
    lines: readonly PayableLine[] | null = null,
  ): Promise<{ readonly order: OpenedOrder | null } | null> {
    const state = await this.ask(intent, () =>
      this.gateway.createSession(intent.params, intent.idempotencyKey),
    );
    return state ? { order: await this.store(intent, state, lines) } : null;
  }

  /**
   * The same with an open session that Stripe has made already, if `find` finds one.
   * `unknown`: Stripe could not be asked.
   */
  async adopt(
    intent: CalledIntent,
    find: () => Promise<CheckoutSessionState | null>,
  ): Promise<'adopted' | 'none' | 'unknown'> {
    const found = await this.ask(intent, find);
    if (found === undefined) return 'unknown';
    if (!found) return 'none';
    await this.store(intent, found, null);
    return 'adopted';
  }

  /** Undefined: no usable answer; the intent waits for its next turn. */
  private async ask<T>(intent: CalledIntent, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      await this.sessions.postpone(intent.id, error.reason, retrySeconds(intent.calls));
      // A key that is refused was told of once, where it was found out.
      const isOurs = error.refused && error.reason !== KEY_REFUSED;
      this.logger[isOurs ? 'error' : 'warn']({
        event: isOurs ? 'checkout_session.refused' : 'checkout_session.postponed',
        orderId: intent.orderId,
        reason: error.reason,
        calls: intent.calls,
        msg: `No payment link yet for order ${intent.orderId}: ${error.reason}`,
      });
      return undefined;
    }
  }

  private async store(
    intent: CalledIntent,
    state: CheckoutSessionState,
    lines: readonly PayableLine[] | null,
  ): Promise<OpenedOrder | null> {
    const { orderId } = intent;
    const order = await this.opening.store(intent, state, lines);
    this.logger.log({
      event: 'checkout_session.opened',
      orderId,
      msg: `Checkout session created for order ${orderId}`,
    });
    return order;
  }
}
