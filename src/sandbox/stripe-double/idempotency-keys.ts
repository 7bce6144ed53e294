import { canonical, type FormObject } from './form-body.js';
import { invalidRequest, StripeRefusal } from './stripe-error.js';

export interface SavedAnswer {
  readonly status: number;
  /** The body as it was sent. */
  readonly text: string;
  readonly requestId: string;
  /** Headers that belong to the answer itself, replayed with it. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface KeyRecord {
  readonly key: string;
  readonly path: string;
  readonly params: string;
  readonly at: number;
  answer: SavedAnswer | null;
}

const KEPT_SECONDS = 24 * 3600;

const idempotencyError = (status: number, message: string, code?: string): StripeRefusal =>
  new StripeRefusal(status, { type: 'idempotency_error', message, ...(code ? { code } : {}) });

/**
 * One result per key, whatever it was, kept for 24 hours; other parameters under the same key are
 * an error and so is a second request while the first still runs. A request refused for its
 * parameters leaves nothing behind (docs.stripe.com/api/idempotent_requests).
 */
export class IdempotencyKeys {
  private records = new Map<string, KeyRecord>();

  constructor(private readonly now: () => number) {}

  /** Takes the key, or answers what it already led to. `now` is in epoch seconds. */
  begin(key: string, path: string, params: FormObject): SavedAnswer | null {
    if (key.length > 255) throw invalidRequest('Idempotency keys are limited to 255 characters.');
    const known = this.records.get(key);
    if (!known || known.at + KEPT_SECONDS <= this.now()) {
      this.prune();
      this.records.set(key, { key, path, params: canonical(params), at: this.now(), answer: null });
      return null;
    }
    if (known.path !== path) {
      throw idempotencyError(
        400,
        `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${known.path}' vs '${path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
      );
    }
    if (known.params !== canonical(params)) {
      throw idempotencyError(
        400,
        `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      );
    }
    if (!known.answer) {
      throw idempotencyError(
        409,
        `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
        'idempotency_key_in_use',
      );
    }
    return known.answer;
  }

  save(key: string, answer: SavedAnswer): void {
    const record = this.records.get(key);
    if (record) record.answer = answer;
  }

  forget(key: string): void {
    this.records.delete(key);
  }

  /** Oldest first is also the order of a Map, as long as an expired key is taken out before it is used anew. */
  private prune(): void {
    for (const { key, at } of this.records.values()) {
      if (at + KEPT_SECONDS > this.now()) return;
      this.records.delete(key);
    }
  }

  toState(): KeyRecord[] {
    return [...this.records.values()].filter(
      (one) => one.answer && one.at + KEPT_SECONDS > this.now(),
    );
  }

  restore(records: readonly KeyRecord[]): void {
    this.records = new Map(records.map((record) => [record.key, record]));
  }
}
