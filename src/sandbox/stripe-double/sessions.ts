import type Stripe from 'stripe';
import { NO_CAUSE, type Cause, type EventLog } from './event-log.js';
import { checkoutSession } from './factories/checkout-session.factory.js';
import type { Ledger, SessionRecord } from './ledger.js';
import type { SessionRequest } from './session-request.js';
import { newSessionId } from './stripe-ids.js';
import { invalidRequest, noSuch } from './stripe-error.js';

export interface SessionsOptions {
  readonly appName: string;
  /** Base URL of the hosted page. */
  readonly pageUrl: () => string;
  /** Epoch seconds. */
  readonly now: () => number;
}

/** Opens and ends Checkout Sessions; a session past its `expires_at` is found expired by whoever looks. */
export class Sessions {
  constructor(
    private readonly ledger: Ledger,
    private readonly log: EventLog,
    private readonly options: SessionsOptions,
  ) {}

  open({ fields, lineItems, intentData }: SessionRequest): Stripe.Checkout.Session {
    const id = newSessionId();
    const session = checkoutSession({
      id,
      ...fields,
      url: `${this.options.pageUrl()}/c/pay/${id}`,
    });
    if (session.branding_settings) session.branding_settings.display_name = this.options.appName;
    this.ledger.sessions.set(id, {
      session,
      lineItems,
      intentData,
      paymentIntentId: null,
      challengedCard: null,
    });
    return session;
  }

  /** Throws Stripe's 404 for an unknown id. */
  get(id: string): SessionRecord {
    const record = this.ledger.sessions.get(id);
    if (!record) throw noSuch('checkout.session', id, 'session');
    this.expireIfDue(record);
    return record;
  }

  /** Only an open session can be expired (docs.stripe.com/api/checkout/sessions/expire). */
  expire(id: string, cause: Cause = NO_CAUSE): Stripe.Checkout.Session {
    const record = this.get(id);
    const { session } = record;
    if (session.status !== 'open') {
      throw invalidRequest(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
      );
    }
    this.close(record, cause);
    return session;
  }

  expireDue(): void {
    for (const record of this.ledger.sessions.values()) this.expireIfDue(record);
  }

  /** Makes a session older by that many minutes, as if it had been opened earlier. */
  timeTravel(id: string, minutes: number): Stripe.Checkout.Session {
    const { session } = this.get(id);
    session.created -= minutes * 60;
    session.expires_at -= minutes * 60;
    return this.get(id).session;
  }

  private expireIfDue(record: SessionRecord): void {
    const { session } = record;
    if (session.status === 'open' && session.expires_at <= this.options.now())
      this.close(record, NO_CAUSE);
  }

  private close(record: SessionRecord, cause: Cause): void {
    const { session } = record;
    session.status = 'expired';
    session.url = null;
    record.challengedCard = null;
    const intent = record.paymentIntentId ? this.ledger.intents.get(record.paymentIntentId) : null;
    if (intent) {
      // A PaymentIntent of a session ends with it and cannot be cancelled on its own.
      Object.assign(intent, {
        status: 'canceled',
        cancellation_reason: 'expired',
        canceled_at: this.options.now(),
        next_action: null,
      });
      this.log.emit('payment_intent.canceled', intent, { request: cause });
    }
    this.log.emit('checkout.session.expired', session, { request: cause });
  }
}
