import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { AppConfig } from '../config/app-config.js';
import type { CheckoutSessionState } from './checkout.gateway.js';
import {
  type EventPage,
  type EventQuery,
  PaymentsGateway,
  type RefundRequest,
  type RefundState,
  type WantedSession,
} from './payments.gateway.js';
import { payableState, sessionState } from './session-state.js';
import { StripeCalls, unusable } from './stripe-calls.js';
import { SEARCH_TOO_LONG } from './stripe.errors.js';
import { snapshotEvent } from './stripe-webhook-signature.js';

/** Stripe's own limit for a page (docs.stripe.com/api/pagination). */
const PAGE_SIZE = 100;
/** A search that needs more pages than these is given up, and must not be taken for one without a result. */
const MAX_PAGES = 20;

const REFUND_STATUSES = ['pending', 'requires_action', 'succeeded', 'failed', 'canceled'] as const;

/** What Stripe knows of payments, through its own SDK. */
@Injectable()
export class StripePaymentsGateway extends PaymentsGateway {
  constructor(
    private readonly config: AppConfig,
    private readonly calls: StripeCalls,
  ) {
    super();
  }

  override async readSession(sessionId: string): Promise<Stripe.Checkout.Session> {
    return this.calls.call(
      'retrieve_session',
      ({ checkout }) => checkout.sessions.retrieve(sessionId, { expand: ['payment_intent'] }),
      (session) => {
        if (sessionState(session).id !== sessionId) throw unusable('unexpected_answer');
        return session;
      },
    );
  }

  override async findOpenSession(wanted: WantedSession): Promise<CheckoutSessionState | null> {
    const created = {
      gte: Math.floor(wanted.createdFrom.getTime() / 1_000),
      lte: Math.ceil(wanted.createdTo.getTime() / 1_000),
    };
    let startingAfter: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { data, has_more: hasMore } = await this.sessionsPage(created, startingAfter);
      const found = data.find(
        (session) =>
          session.client_reference_id === wanted.orderId && session.expires_at === wanted.expiresAt,
      );
      if (found) return payableState(found, this.config.stripe);
      startingAfter = data.at(-1)?.id ?? null;
      if (!hasMore || !startingAfter) return null;
    }
    throw unusable(SEARCH_TOO_LONG);
  }

  private async sessionsPage(
    created: Stripe.RangeQueryParam,
    startingAfter: string | null,
  ): Promise<Page<Stripe.Checkout.Session>> {
    return this.calls.call(
      'find_session',
      ({ checkout }) =>
        checkout.sessions.list({
          created,
          status: 'open',
          limit: PAGE_SIZE,
          ...after(startingAfter),
        }),
      wholeList,
    );
  }

  override async listEvents(query: EventQuery): Promise<EventPage> {
    return this.calls.call(
      'list_events',
      ({ events }) =>
        events.list({
          types: [...query.types],
          created: { gte: query.createdFrom, lte: query.createdTo },
          limit: PAGE_SIZE,
          ...after(query.startingAfter),
          ...(query.undeliveredOnly ? { delivery_success: false } : {}),
        }),
      (list) => {
        const { data, has_more: hasMore } = wholeList(list);
        return { events: data.map(wholeEvent), hasMore };
      },
    );
  }

  override async createRefund(
    request: RefundRequest,
    idempotencyKey: string,
  ): Promise<RefundState> {
    const params: Stripe.RefundCreateParams = {
      payment_intent: request.paymentIntentId,
      amount: request.amount,
      metadata: { ...request.metadata },
      expand: ['charge'],
    };
    return this.calls.call(
      'create_refund',
      ({ refunds }) => refunds.create(params, { idempotencyKey }),
      refundState,
    );
  }
}

interface Page<T> {
  readonly data: T[];
  readonly has_more: boolean;
}

const after = (id: string | null): { starting_after?: string } =>
  id === null ? {} : { starting_after: id };

/** An answer without its list could be taken for an empty one, and what it holds would never be looked at. */
function wholeList<T>(list: Partial<Page<T>>): Page<T> {
  const { data, has_more: hasMore } = list;
  if (!Array.isArray(data) || typeof hasMore !== 'boolean') throw unusable('unexpected_answer');
  return { data, has_more: hasMore };
}

function wholeEvent(value: unknown): Stripe.Event {
  const event = snapshotEvent(value);
  if (!event) throw unusable('unexpected_answer');
  return event;
}

function refundState(refund: Partial<Stripe.Refund>): RefundState {
  const { id, amount, currency, charge } = refund;
  const status = REFUND_STATUSES.find((known) => known === refund.status);
  const isWhole = id && status && currency && Number.isInteger(amount);
  if (!isWhole || typeof charge !== 'object' || charge === null)
    throw unusable('unexpected_answer');
  const { amount: paidAmount, amount_refunded: refundedAmount } = charge;
  if (!Number.isInteger(paidAmount) || !Number.isInteger(refundedAmount)) {
    throw unusable('unexpected_answer');
  }
  return { id, status, amount: amount!, currency, paidAmount, refundedAmount };
}
