import { expect } from 'vitest';
import type { TestApp } from './test-app.js';

const TABLES = [
  'customers',
  'products',
  'orders',
  'order_items',
  'order_events',
  'checkout_sessions',
  'idempotency_keys',
  'notifications',
  'payments',
  'refunds',
] as const;

/** The content of every table a request may touch, and how often Stripe was asked for anything. */
export async function footprint(app: TestApp): Promise<Record<string, unknown>> {
  const [rows] = await app.sql(
    `SELECT ${TABLES.map(
      (name) =>
        `(SELECT count(*) || ' rows ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')
            FROM ${name} t) AS ${name}`,
    ).join()}`,
  );
  return { ...rows, stripeRequests: app.doubles.stripe.requests.length };
}

/** Runs a request that must be refused and fails when it left anything behind. */
export async function expectNothingDone<T>(app: TestApp, request: () => Promise<T>): Promise<T> {
  const before = await footprint(app);
  const answer = await request();
  expect(await footprint(app)).toEqual(before);
  return answer;
}
