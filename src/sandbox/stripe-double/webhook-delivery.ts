import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import Stripe from 'stripe';
import type { EventLog, EventRecord, WebhookAttempt } from './event-log.js';

const ANSWER_TIMEOUT_MS = 20_000;
const DEFAULT_RETRY_DELAYS_MS = [1_000, 5_000, 15_000, 60_000, 300_000];

export interface WebhookOptions {
  readonly url: () => string | undefined;
  readonly secret: string;
  /** Pauses between the tries of one event; its length bounds their number. */
  readonly retryDelaysMs?: readonly number[];
}

/** How one event is handed over by hand. Instants in epoch seconds. */
export interface DeliverOptions {
  readonly times?: number;
  /** All at once instead of one after the other. */
  readonly concurrently?: boolean;
  /** Sign with another secret, to forge; several give several v1 signatures, as during a rotation. */
  readonly secret?: string | readonly string[];
  /** Sign as of another instant, to be stale. */
  readonly timestamp?: number;
}

/**
 * Posts events as Stripe does: the exact bytes signed with `t=…,v1=…`, redirects are failures, a
 * failed try is repeated later with a new signature (docs.stripe.com/webhooks). Signatures carry the
 * real clock's time, whatever the double's own clock says, since the receiver checks them by its own.
 */
export class WebhookDelivery {
  private readonly stopped = new AbortController();
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly waiting = new Map<string, () => void>();

  constructor(
    private readonly log: EventLog,
    private readonly options: WebhookOptions,
    private readonly changed: () => void,
  ) {
    // A listener a delivery on the wire: many are no leak.
    setMaxListeners(0, this.stopped.signal);
  }

  /** Sends once, and again after each pause until a 2xx comes or the pauses are used up. */
  async untilAccepted(record: EventRecord): Promise<void> {
    const delays = this.options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS;
    while (!record.delivered && this.options.url() && !this.stopped.signal.aborted) {
      await this.attempt(record, {});
      if (record.delivered || record.attempts.length > delays.length) return;
      const delay = delays[record.attempts.length - 1] ?? 0;
      await pause(delay, undefined, { ref: false, signal: this.stopped.signal }).catch(
        () => undefined,
      );
    }
  }

  async byHand(record: EventRecord, options: DeliverOptions): Promise<WebhookAttempt[]> {
    const times = options.times ?? 1;
    if (options.concurrently) {
      return Promise.all(Array.from({ length: times }, () => this.attempt(record, options)));
    }
    const attempts: WebhookAttempt[] = [];
    for (let n = 0; n < times; n += 1) attempts.push(await this.attempt(record, options));
    return attempts;
  }

  /** Resolves true once the event was accepted, false when that takes longer. */
  async accepted(eventId: string, timeoutMs: number): Promise<boolean> {
    if (this.log.find(eventId)?.delivered) return true;
    const done = new Promise<boolean>((resolve) => this.waiting.set(eventId, () => resolve(true)));
    const late = pause(timeoutMs, false, { ref: false, signal: this.stopped.signal });
    const result = await Promise.race([done, late.catch(() => false)]);
    this.waiting.delete(eventId);
    return result;
  }

  /** Waits until nothing is on the wire; a pause before a retry is not awaited. */
  async settled(): Promise<void> {
    // A turn of the loop first: deliveries of events just emitted start then.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.inFlight.size > 0) await Promise.allSettled(this.inFlight);
  }

  stop(): void {
    this.stopped.abort();
  }

  private attempt(record: EventRecord, options: DeliverOptions): Promise<WebhookAttempt> {
    const sending = this.send(record, options);
    this.inFlight.add(sending);
    return sending.finally(() => this.inFlight.delete(sending));
  }

  private async send(record: EventRecord, options: DeliverOptions): Promise<WebhookAttempt> {
    const attempt = await this.post(JSON.stringify(record.event, null, 2), options);
    record.attempts.push(attempt);
    if (attempt.status !== null && attempt.status >= 200 && attempt.status < 300) {
      record.delivered = true;
      record.event.pending_webhooks = 0;
      this.waiting.get(record.event.id)?.();
    }
    this.changed();
    return attempt;
  }

  private async post(payload: string, options: DeliverOptions): Promise<WebhookAttempt> {
    const at = new Date().toISOString();
    const begin = performance.now();
    const tookMs = (): number => Math.round(performance.now() - begin);
    const url = this.options.url();
    if (!url) return { at, status: null, body: 'no webhook URL is set', tookMs: 0 };
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body: payload,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': signatureHeader(
            payload,
            options.secret ?? this.options.secret,
            options.timestamp,
          ),
          connection: 'close',
        },
        redirect: 'manual',
        signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      });
      const body = (await answer.text()).slice(0, 2_000);
      return { at, status: answer.status, body, tookMs: tookMs() };
    } catch (error) {
      const body = error instanceof Error ? error.message : 'no answer';
      return { at, status: null, body, tookMs: tookMs() };
    }
  }
}

/** Stripe's header over a payload; several secrets give several v1 signatures under one timestamp. */
export function signatureHeader(
  payload: string,
  secrets: string | readonly string[],
  timestamp = Math.floor(Date.now() / 1000),
): string {
  const list = typeof secrets === 'string' ? [secrets] : secrets;
  const headers = list.map((secret) =>
    Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
  );
  return [`t=${timestamp}`, ...headers.map((header) => header.slice(header.indexOf('v1=')))].join();
}
