import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { IdempotencyRepository } from './idempotency.repository.js';
import {
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  InvalidIdempotencyKeyError,
} from './orders.errors.js';

/** Printable ASCII, as header values are; the length is Stripe's own limit. */
const KEY_SHAPE = /^[\x21-\x7e]{1,255}$/;

/** Before the database is asked again to free a key; together well below the life of a key's lock. */
const RELEASE_PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

/** The same text for the same body, in whatever order a client's serialiser writes its properties. */
const canonical = (body: unknown): string =>
  JSON.stringify(body, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** SHA-256 of a validated body, hex: the same for the same body, however it was written. */
export const requestHashOf = (body: unknown): string => hash('sha256', canonical(body), 'hex');

/** Throws InvalidIdempotencyKeyError. */
export function checkIdempotencyKey(key: string): void {
  if (!KEY_SHAPE.test(key)) throw new InvalidIdempotencyKeyError();
}

/** A client's `Idempotency-Key`: the same key and body are one order, whatever the number of calls. */
@Injectable()
export class Idempotency {
  private readonly logger = new Logger(Idempotency.name);

  constructor(private readonly keys: IdempotencyRepository) {}

  /**
   * Runs `work` for the first request of a key, or answers the order an earlier one made. `work` binds
   * the key to its order in the statement that writes it: key and order exist together or not at all.
   * Throws when the key is malformed, in use, or had another body.
   */
  async once<T>(
    key: string | undefined,
    body: unknown,
    work: () => Promise<T>,
  ): Promise<{ readonly first: T } | { readonly orderId: string }> {
    if (key === undefined) return { first: await work() };
    checkIdempotencyKey(key);
    const requestHash = requestHashOf(body);
    const state = await this.keys.claim(key, requestHash);
    if (!state.claimed) {
      if (state.requestHash !== requestHash) throw new IdempotencyKeyReusedError();
      if (state.running || !state.orderId) throw new IdempotencyKeyInUseError();
      return { orderId: state.orderId };
    }
    try {
      return { first: await work() };
    } finally {
      await this.release(key);
    }
  }

  /**
   * For an order that was not written. Throws IdempotencyKeyInUseError: this request was held up beyond
   * its lock, and another one has taken the key over.
   */
  async refuseTaken(key: string): Promise<void> {
    if (!(await this.keys.isFree(key))) throw new IdempotencyKeyInUseError();
  }

  /** What was done is answered although its key cannot be freed; that goes on behind the answer. */
  private async release(key: string): Promise<void> {
    try {
      await this.keys.release(key);
    } catch {
      void this.releaseLater(key);
    }
  }

  private async releaseLater(key: string): Promise<void> {
    for (const wait of RELEASE_PAUSES_MS) {
      await pause(wait, undefined, { ref: false });
      try {
        return await this.keys.release(key);
      } catch {
        // The next try, or the end of its lock, frees it.
      }
    }
    this.logger.warn({
      event: 'idempotency_key.stuck',
      msg: 'An Idempotency-Key could not be freed: it is in use until its lock runs out',
    });
  }
}
