import { Inject, Injectable, Logger } from '@nestjs/common';
import type Stripe from 'stripe';
import { DataSource, type EntityManager } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { inTransaction } from '../database/transaction.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { PaymentsRepository } from './payments.repository.js';
import { PlainPayments } from './plain-payments.service.js';
import {
  type HandledEvent,
  ignored,
  type StripeEventHandler,
} from './stripe-event-handlers/stripe-event.handler.js';

/** Injection token of every handler. */
export const STRIPE_EVENT_HANDLERS = Symbol('STRIPE_EVENT_HANDLERS');

/** What a handler says when it finds no order of ours; nothing is written then. */
const UNKNOWN_ORDER = 'unknown_order';

/** Within which Stripe delivers an event for the first time, as a rule; it repeats itself after minutes or hours. */
const FIRST_DELIVERY_MS = 10_000;

/** What is older has most likely come before: it costs less to ask for that first. */
const isFresh = ({ created }: Stripe.Event): boolean =>
  Date.now() - created * 1_000 < FIRST_DELIVERY_MS;

/** Applies what Stripe tells, once. */
@Injectable()
export class PaymentsService {
  private readonly logger = new Logger(PaymentsService.name);
  private readonly handlers: ReadonlyMap<string, StripeEventHandler>;

  constructor(
    private readonly config: AppConfig,
    private readonly dataSource: DataSource,
    private readonly payments: PaymentsRepository,
    private readonly plain: PlainPayments,
    private readonly notifications: NotificationsService,
    @Inject(STRIPE_EVENT_HANDLERS) handlers: readonly StripeEventHandler[],
  ) {
    this.handlers = new Map(handlers.map((handler) => [handler.type, handler]));
  }

  /**
   * One transaction: inbox row, effect, outbox rows. Idempotent per event id; `duplicate` when the row
   * was there. A throw rolls everything back, so that Stripe's next delivery finds the event unknown.
   */
  async settle(event: Stripe.Event): Promise<HandledEvent | 'duplicate'> {
    const handled = await this.handle(event);
    if (handled !== 'duplicate' && handled.outcome !== 'ignored') this.notifications.announce();
    this.logger.log({
      event: 'stripe_event.received',
      stripeEventId: event.id,
      type: event.type,
      ...(handled === 'duplicate' ? { outcome: handled } : handled),
      msg: `Stripe event ${event.type}: ${handled === 'duplicate' ? handled : handled.reason}`,
    });
    return handled;
  }

  /**
   * What nearly every event is, settled on one or two ways to the database; what is none of it, or was it
   * and is no longer, goes the general road.
   */
  private async handle(event: Stripe.Event): Promise<HandledEvent | 'duplicate'> {
    return (await this.settlePlainly(event)) ?? this.settleGenerally(event);
  }

  /** Null: nothing was done. */
  private async settlePlainly(event: Stripe.Event): Promise<HandledEvent | 'duplicate' | null> {
    const isOurMode = event.livemode === this.config.stripe.livemode;
    const payment = isOurMode ? this.plain.toldPayment(event) : null;
    if (payment && isFresh(event)) return this.plain.confirm(event, payment);
    const seen = await this.plain.look(event);
    if (seen.isKnown) return 'duplicate';
    if (!isOurMode) return null;
    if (payment) return this.plain.confirm(event, payment);
    const told = this.handlers.has(event.type)
      ? this.plain.isToldBefore(event, seen)
      : ignored('unhandled_type');
    if (!told) return null;
    const isNew = await this.payments.noteEvent(this.dataSource.manager, event, told);
    return isNew ? told : 'duplicate';
  }

  private async settleGenerally(event: Stripe.Event): Promise<HandledEvent | 'duplicate'> {
    return inTransaction(this.dataSource, async (manager) => {
      if (!(await this.payments.insertEvent(manager, event))) return 'duplicate';
      const outcome = await this.apply(event, manager);
      await this.payments.recordOutcome(manager, event.id, outcome);
      return outcome;
    });
  }

  private async apply(event: Stripe.Event, manager: EntityManager): Promise<HandledEvent> {
    if (event.livemode !== this.config.stripe.livemode) {
      this.logger.error({
        event: 'stripe_event.livemode_mismatch',
        stripeEventId: event.id,
        msg: 'An event of the other mode (live or test) was ignored: check the webhook endpoint',
      });
      return ignored('livemode_mismatch');
    }
    const handler = this.handlers.get(event.type);
    if (!handler) return ignored('unhandled_type');
    const handled = await handler.apply(event, manager);
    if (handled.reason !== UNKNOWN_ORDER) return handled;
    // Years later, money of an order that was archived: it comes back, and the event finds it.
    const isBack = await this.payments.bringBackOrder(manager, event);
    return isBack ? handler.apply(event, manager) : handled;
  }
}
