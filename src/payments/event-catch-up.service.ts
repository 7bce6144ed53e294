import { Inject, Injectable, Logger } from '@nestjs/common';
import type Stripe from 'stripe';
import { describeError } from '../common/describe-error.js';
import { PaymentsGateway } from '../stripe/payments.gateway.js';
import { EventCursorRepository } from './event-cursor.repository.js';
import { PaymentsService, STRIPE_EVENT_HANDLERS } from './payments.service.js';
import type { StripeEventHandler } from './stripe-event-handlers/stripe-event.handler.js';

/** Stripe keeps events for 30 days (docs.stripe.com/api/events). */
const KEPT_SECONDS = 30 * 86_400;
/** Webhooks come first: what is younger is left to them. */
const LAG_SECONDS = 60;
/** Read again each time, for events that appear late in Stripe's list. */
const OVERLAP_SECONDS = 300;
/** Calls to Stripe for one span, and for one run. */
const SPAN_PAGES = 5;
const RUN_PAGES = 20;

const CURSOR = 'handled';

/** Instants in epoch seconds, both included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Reads Stripe's own list of events and applies those that no webhook has brought. */
@Injectable()
export class EventCatchUp {
  private readonly logger = new Logger(EventCatchUp.name);
  private readonly types: readonly Stripe.Event['type'][];

  constructor(
    private readonly gateway: PaymentsGateway,
    private readonly payments: PaymentsService,
    private readonly cursor: EventCursorRepository,
    @Inject(STRIPE_EVENT_HANDLERS) handlers: readonly StripeEventHandler[],
  ) {
    this.types = handlers.map(({ type }) => type);
  }

  /**
   * What no endpoint has accepted and the other list, whose mark is past it by now, did not show. It
   * goes on naming an event that was applied from here, so it is followed only as far as it holds
   * something new.
   */
  async applyUndelivered(tally: () => void, signal: AbortSignal): Promise<void> {
    const to = seconds(Date.now()) - LAG_SECONDS;
    let startingAfter: string | null = null;
    for (let page = 0; page < SPAN_PAGES; page += 1) {
      const { events, hasMore } = await this.page(
        { from: to - KEPT_SECONDS, to },
        startingAfter,
        true,
      );
      const unknown = await this.unknown(events);
      for (const event of unknown.toReversed()) {
        if (signal.aborted) return;
        await this.apply(event, tally);
      }
      startingAfter = events.at(-1)?.id ?? null;
      if (!hasMore || !startingAfter || unknown.length === 0) return;
    }
  }

  /**
   * Every event since the last run, span by span from the oldest, whether Stripe believes it delivered
   * or not. The mark left behind never passes an event that could not be applied.
   */
  async applyMissed(tally: () => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const readTo = await this.cursor.claim(CURSOR);
    if (!readTo) return;
    const mark = { at: seconds(readTo.getTime()) };
    try {
      await this.read(mark, tally, signal);
    } finally {
      await this.cursor.release(CURSOR, new Date(mark.at * 1_000));
    }
  }

  private async read(mark: { at: number }, tally: () => void, signal: AbortSignal): Promise<void> {
    const now = seconds(Date.now());
    const end = now - LAG_SECONDS;
    let position = Math.max(mark.at - OVERLAP_SECONDS, now - KEPT_SECONDS);
    let length = Math.max(1, end - position);
    let isBlocked = false;
    for (let pages = 0; pages < RUN_PAGES && position < end;) {
      const to = Math.min(end, position + length);
      const found = await this.collect({ from: position, to }, RUN_PAGES - pages);
      pages += found.pages;
      if (!found.isWhole) {
        // The oldest are out of reach: a span that should hold four fifths of what was seen.
        length = Math.max(1, Math.floor((to - found.events.at(-1)!.created) * 0.8));
        continue;
      }
      for (const event of (await this.unknown(found.events)).toReversed()) {
        if (signal.aborted) return;
        const isApplied = await this.apply(event, tally);
        if (isApplied || isBlocked) continue;
        isBlocked = true;
        mark.at = Math.max(mark.at, event.created - 1);
      }
      position = to;
      // Past a burst the spans grow again.
      if (found.pages === 1) length *= 4;
      if (!isBlocked) mark.at = Math.max(mark.at, to);
    }
  }

  /** Newest first, as Stripe lists them. `isWhole`: nothing of the span is missing. */
  private async collect(
    span: Span,
    budget: number,
  ): Promise<{ events: Stripe.Event[]; pages: number; isWhole: boolean }> {
    const found: Stripe.Event[] = [];
    const limit = Math.min(SPAN_PAGES, budget);
    for (let pages = 1; pages <= limit; pages += 1) {
      const { events, hasMore } = await this.page(span, found.at(-1)?.id ?? null, false);
      found.push(...events);
      if (!hasMore || events.length === 0) return { events: found, pages, isWhole: true };
    }
    return { events: found, pages: limit, isWhole: false };
  }

  private async page(span: Span, startingAfter: string | null, undeliveredOnly: boolean) {
    return this.gateway.listEvents({
      types: this.types,
      createdFrom: span.from,
      createdTo: span.to,
      startingAfter,
      undeliveredOnly,
    });
  }

  private async unknown(events: readonly Stripe.Event[]): Promise<Stripe.Event[]> {
    if (events.length === 0) return [];
    const known = await this.cursor.knownIds(events.map(({ id }) => id));
    return events.filter(({ id }) => !known.has(id));
  }

  /** False: it could not be applied; the others must not wait for it. */
  private async apply(event: Stripe.Event, tally: () => void): Promise<boolean> {
    try {
      const handled = await this.payments.settle(event);
      if (handled !== 'duplicate' && handled.outcome !== 'ignored') tally();
      return true;
    } catch (error) {
      this.logger.error({
        event: 'reconciliation.event_failed',
        stripeEventId: event.id,
        type: event.type,
        error: describeError(error),
        msg: `A missed event of Stripe could not be applied: ${event.type}`,
      });
      return false;
    }
  }
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1_000);
