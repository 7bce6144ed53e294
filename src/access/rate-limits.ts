import { isIPv6 } from 'node:net';
import { Injectable, Optional } from '@nestjs/common';
import {
  type RateLimiterInsuredAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible';
import { DataSource } from 'typeorm';
import { AppConfig, type LimitName } from '../config/app-config.js';
import { TooManyRequestsError } from './access.errors.js';

const WINDOW_SECONDS = 60;

/** A slow database must not make every request slow twice: after this the process counts alone. */
const STORE_DEADLINE_MS = 1_000;

type Limiter = RateLimiterMemory | RateLimiterInsuredAbstract;

/**
 * Uses per minute, counted in PostgreSQL, so that all instances share one count. Whoever is over a
 * limit is remembered in memory until the minute ends: a flood costs no statements. With the database
 * away, each process counts by itself: an outage neither locks the door nor takes it off its hinges.
 */
@Injectable()
export class RateLimits {
  private readonly limiters = new Map<LimitName, Limiter>();

  /** Without a database, as in a test of one module, memory does. */
  constructor({ limits }: AppConfig, @Optional() dataSource?: DataSource) {
    for (const [name, points] of Object.entries(limits.perMinute) as [LimitName, number][]) {
      if (points > 0) this.limiters.set(name, limiterOf(name, points, dataSource));
    }
  }

  /** Whether anything is counted under this name. */
  has(name: LimitName): boolean {
    return this.limiters.has(name);
  }

  /** Counts one use by `who`. Throws TooManyRequestsError above the limit; one statement at most. */
  async spend(name: LimitName, who: string): Promise<void> {
    try {
      await this.limiters.get(name)?.consume(who);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new TooManyRequestsError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)));
    }
  }
}

function limiterOf(keyPrefix: string, points: number, dataSource: DataSource | undefined): Limiter {
  const window = { keyPrefix, points, duration: WINDOW_SECONDS };
  const memory = new RateLimiterMemory(window);
  if (dataSource === undefined) return memory;
  const shared = new RateLimiterPostgres({
    ...window,
    storeClient: throughThePool(dataSource),
    storeType: 'client',
    tableName: 'rate_limits',
    tableCreated: true,
    inMemoryBlockOnConsumed: points + 1,
  });
  // An option that its types forget.
  const insurance = { insuranceLimiter: memory };
  return new RLWrapperTimeouts({ limiter: shared, timeoutMs: STORE_DEADLINE_MS, ...insurance });
}

/** Without the statement's name: prepared statements do not survive a pooler between us and PostgreSQL. */
const throughThePool = (dataSource: DataSource) => ({
  query: async ({ text, values }: { text: string; values: unknown[] }) => {
    const rows = await dataSource.query<unknown[]>(text, values);
    return { rows, rowCount: rows.length };
  },
});

/** An IPv6 caller owns a whole /64 at least, so that is what is counted. */
export const callerOf = (ip: string): string =>
  isIPv6(ip) && !ip.includes('.') ? `${expanded(ip).slice(0, 4).join(':')}::/64` : ip;

function expanded(ip: string): string[] {
  const [head = '', tail] = ip.split('%', 1)[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right];
}
