import type Stripe from 'stripe';
import {
  DoubleServer,
  SnapshotKeeper,
  type FaultPlan,
  type RecordedRequest,
  type Snapshot,
} from '../double-server.js';
import { registerApi } from './api-routes.js';
import { ApiRunner } from './api-runner.js';
import { registerCheckoutPage } from './checkout-page.js';
import { Disputes } from './disputes.js';
import { EventLog, type EventRecord, type WebhookAttempt } from './event-log.js';
import { parseFormBody } from './form-body.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { Ledger, type SessionRecord, type StripeDoubleState } from './ledger.js';
import { Payments, type PaymentOutcome, type PayWith } from './payments.js';
import { Refunds } from './refunds.js';
import { Sessions } from './sessions.js';
import { WebhookDelivery, type DeliverOptions } from './webhook-delivery.js';

export interface StripeDoubleOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly webhookUrl?: string | (() => string);
  /** `auto` sends each event as it happens and again while refused; `manual` waits for `deliver`. */
  readonly deliver: 'auto' | 'manual';
  /** Pauses between the tries of one event in `auto`. */
  readonly retryDelaysMs?: readonly number[];
  /** Stripe's clock; signatures always carry the real one. */
  readonly now?: () => Date;
  /** Shown on the hosted page. */
  readonly appName?: string;
  readonly snapshot?: Snapshot;
}

const SWEEP_MS = 1_000;

/**
 * Stripe on a local socket, for the sandbox and for tests: the real SDK talks to it unchanged. What
 * it does not act out it refuses; amounts are in minor units, instants in epoch seconds as at Stripe.
 */
export class StripeDouble {
  private readonly server = new DoubleServer(parseFormBody);
  private readonly ledger = new Ledger();
  private readonly log: EventLog;
  private readonly sessions: Sessions;
  private readonly payments: Payments;
  private readonly disputes: Disputes;
  private readonly refunds: Refunds;
  private readonly webhooks: WebhookDelivery;
  private readonly keys: IdempotencyKeys;
  private readonly keeper: SnapshotKeeper;
  private readonly sweep: NodeJS.Timeout;
  private isLosing = false;

  private constructor(private readonly options: StripeDoubleOptions) {
    const { appName = 'Sandbox', now: clock = () => new Date(), webhookUrl } = options;
    const now = (): number => Math.floor(clock().getTime() / 1000);
    this.log = new EventLog(now);
    this.keys = new IdempotencyKeys(now);
    this.keeper = new SnapshotKeeper(options.snapshot, () => this.state());
    const changed = (): void => this.keeper.changed();
    this.sessions = new Sessions(this.ledger, this.log, { appName, now, pageUrl: () => this.url });
    this.disputes = new Disputes(this.ledger, this.log, now);
    this.payments = new Payments(this.ledger, this.log, this.sessions, this.disputes, now);
    this.refunds = new Refunds(this.ledger, this.log, this.disputes, now);
    this.webhooks = new WebhookDelivery(
      this.log,
      {
        url: () => (typeof webhookUrl === 'function' ? webhookUrl() : webhookUrl),
        secret: options.webhookSecret,
        retryDelaysMs: options.retryDelaysMs,
      },
      changed,
    );
    this.log.onEmit = (record) => this.announce(record);
    const { ledger, log, sessions, refunds, payments, webhooks } = this;
    const runner = new ApiRunner(options.secretKey, this.keys, changed);
    registerApi(this.server.app, { runner, ledger, log, sessions, refunds, now });
    const waitsForWebhook = options.deliver === 'auto';
    const losing = <T>(work: () => T): T => this.losing(work);
    const page = { appName, ledger, log, sessions, payments, webhooks, waitsForWebhook };
    registerCheckoutPage(this.server.app, { ...page, changed, losing });
    this.sweep = setInterval(() => sessions.expireDue(), SWEEP_MS).unref();
  }

  static async start(options: StripeDoubleOptions): Promise<StripeDouble> {
    const double = new StripeDouble(options);
    double.restore();
    await double.server.listen(options.port ?? 0);
    return double;
  }

  /** Base URL, without a trailing slash. */
  get url(): string {
    return this.server.url;
  }

  get faults(): FaultPlan {
    return this.server.faults;
  }

  get requests(): readonly RecordedRequest[] {
    return this.server.requests;
  }

  requestsTo(method: string, path: RegExp): RecordedRequest[] {
    return this.server.requestsTo(method, path);
  }

  /** Every event so far, oldest first, with its delivery attempts. */
  get events(): readonly EventRecord[] {
    return this.log.records;
  }

  eventsOf<T extends Stripe.Event['type']>(type: T): Extract<Stripe.Event, { type: T }>[] {
    return this.log.records
      .map(({ event }) => event)
      .filter((event): event is Extract<Stripe.Event, { type: T }> => event.type === type);
  }

  /** Open, complete and expired, oldest first. */
  get allSessions(): readonly SessionRecord[] {
    this.sessions.expireDue();
    return [...this.ledger.sessions.values()];
  }

  /** The session as it stands now; throws for an unknown id. */
  session(id: string): Stripe.Checkout.Session {
    return this.sessions.get(id).session;
  }

  /** The PaymentIntent behind a session; throws while no one has tried to pay. */
  paymentIntentOf(sessionId: string): Stripe.PaymentIntent {
    const { paymentIntentId } = this.sessions.get(sessionId);
    const intent = paymentIntentId ? this.ledger.intents.get(paymentIntentId) : undefined;
    if (!intent) throw new Error('no one has tried to pay this session');
    return intent;
  }

  /** Throws when the session is not open or the number is no test card. */
  pay(sessionId: string, payWith: PayWith = '4242424242424242'): PaymentOutcome {
    return this.saving(() => this.payments.pay(sessionId, payWith));
  }

  challenge(sessionId: string, decision: 'approve' | 'refuse'): PaymentOutcome {
    return this.saving(() => this.payments.challenge(sessionId, decision));
  }

  settleDelayed(sessionId: string, result: 'succeeded' | 'failed'): void {
    this.saving(() => this.payments.settleDelayed(sessionId, result));
  }

  expire(sessionId: string): Stripe.Checkout.Session {
    return this.saving(() => this.sessions.expire(sessionId));
  }

  /** All that is left when no amount is given. */
  refund(paymentIntentId: string, amount?: number): Stripe.Refund {
    const request = amount === undefined ? { paymentIntentId } : { paymentIntentId, amount };
    return this.saving(() => this.refunds.create(request));
  }

  /** Days later, the bank of a customer could not take the money; or, of a pending one, has taken it. */
  settleRefund(refundId: string, status: 'succeeded' | 'failed'): Stripe.Refund {
    return this.saving(() => this.refunds.settle(refundId, status));
  }

  /** The customer's bank asks for the whole payment back. */
  dispute(paymentIntentId: string): Stripe.Dispute {
    return this.saving(() => this.disputes.open(paymentIntentId));
  }

  closeDispute(disputeId: string, result: 'won' | 'lost'): Stripe.Dispute {
    return this.saving(() => this.disputes.close(disputeId, result));
  }

  /** Sessions whose payment is being disputed. */
  get disputedSessionIds(): string[] {
    return [...this.ledger.sessions.values()]
      .filter(({ paymentIntentId }) => paymentIntentId && this.disputes.underWay(paymentIntentId))
      .map(({ session }) => session.id);
  }

  /** False when nothing was paid in the session, or no dispute of it is under way. */
  disputeSession(sessionId: string, word: 'opened' | 'won' | 'lost'): boolean {
    const intentId = this.ledger.sessions.get(sessionId)?.paymentIntentId;
    if (!intentId || !this.ledger.chargeOfIntent(intentId)?.paid) return false;
    const known = this.disputes.underWay(intentId);
    if ((word === 'opened') === (known !== undefined)) return false;
    if (word === 'opened') this.dispute(intentId);
    else if (known) this.closeDispute(known.id, word);
    return true;
  }

  /** Moves `created` and `expires_at` back; a session that thereby ends is expired at once. */
  timeTravel(sessionId: string, minutes: number): Stripe.Checkout.Session {
    return this.saving(() => this.sessions.timeTravel(sessionId, minutes));
  }

  /** Sends a known event by its id, or one that a test has made itself, signed as the options say. */
  async deliver(
    eventOrId: string | Stripe.Event,
    options: DeliverOptions = {},
  ): Promise<WebhookAttempt[]> {
    const record =
      typeof eventOrId === 'string'
        ? this.log.find(eventOrId)
        : (this.log.find(eventOrId.id) ?? {
            event: { ...eventOrId },
            attempts: [],
            delivered: false,
          });
    if (!record) throw new Error('no such event');
    return this.webhooks.byHand(record, options);
  }

  /** Sends what no one has accepted yet, once each and oldest first; answers how many there were. */
  async deliverPending(): Promise<number> {
    const pending = this.log.records.filter((record) => !record.delivered);
    for (const record of pending) await this.webhooks.byHand(record, {});
    return pending.length;
  }

  /** Waits until no webhook is on the wire. */
  settled(): Promise<void> {
    return this.webhooks.settled();
  }

  /** Refuses every connection until `up`. */
  down(): Promise<void> {
    return this.server.down();
  }

  up(): Promise<void> {
    return this.server.up();
  }

  async stop(): Promise<void> {
    clearInterval(this.sweep);
    this.webhooks.stop();
    await this.server.stop();
    this.keeper.flush();
  }

  private announce(record: EventRecord): void {
    this.keeper.changed();
    // Later in the loop, so that the answer to the request that caused it leaves first.
    if (this.options.deliver === 'auto' && !this.isLosing)
      setImmediate(() => void this.webhooks.untilAccepted(record));
  }

  /** What happens meanwhile is in the list of events and is told by no webhook. */
  private losing<T>(work: () => T): T {
    this.isLosing = true;
    try {
      return work();
    } finally {
      this.isLosing = false;
    }
  }

  private saving<T>(work: () => T): T {
    try {
      return work();
    } finally {
      this.keeper.changed();
    }
  }

  private state(): StripeDoubleState {
    return {
      ledger: this.ledger.toState(),
      events: this.log.records,
      idempotencyKeys: this.keys.toState(),
    };
  }

  private restore(): void {
    // What the snapshot holds was written by `state` above.
    const state = this.options.snapshot?.load() as StripeDoubleState | null | undefined;
    if (!state) return;
    this.ledger.restore(state.ledger);
    this.keys.restore(state.idempotencyKeys);
    for (const record of state.events) {
      this.log.records.push(record);
      if (!record.delivered) this.announce(record);
    }
  }
}
