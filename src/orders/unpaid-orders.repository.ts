import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';

/** Unpaid orders of the last 24 hours (of the last hour for a prefix), and when the oldest leaves. */
export interface UnpaidOrders {
  readonly ofNumber: number;
  readonly ofPrefix: number;
  readonly ofDay: number;
  readonly numberFreeInSeconds: number;
  readonly prefixFreeInSeconds: number;
  readonly dayFreeInSeconds: number;
}

@Injectable()
export class UnpaidOrdersRepository {
  /**
   * One statement on the index of unpaid orders, over `limit` of them at most (null: all). Orders that
   * were cancelled without a payment count: their messages were sent all the same.
   */
  async count(
    manager: EntityManager,
    caller: { readonly customerId: string; readonly prefix: string; readonly limit: number | null },
  ): Promise<UnpaidOrders> {
    const [counts] = await rowsOf<UnpaidOrders>(
      manager,
      `WITH unpaid AS MATERIALIZED (
         SELECT created_at, customer_id FROM orders
          WHERE paid_at IS NULL AND created_at > now() - interval '24 hours'
          ORDER BY created_at DESC LIMIT $3
       ),
       counted AS (
         SELECT created_at, customer_id = $1 AS of_number,
                created_at > now() - interval '1 hour'
                AND (SELECT starts_with(c.phone_number, $2) FROM customers c
                      WHERE c.id = unpaid.customer_id) AS of_prefix
           FROM unpaid
       )
       SELECT count(*) FILTER (WHERE of_number)::int AS "ofNumber",
              count(*) FILTER (WHERE of_prefix)::int AS "ofPrefix",
              count(*)::int AS "ofDay",
              ${secondsUntil(`min(created_at) FILTER (WHERE of_number) + interval '24 hours'`)}
                AS "numberFreeInSeconds",
              ${secondsUntil(`min(created_at) FILTER (WHERE of_prefix) + interval '1 hour'`)}
                AS "prefixFreeInSeconds",
              ${secondsUntil(`min(created_at) + interval '24 hours'`)} AS "dayFreeInSeconds"
         FROM counted`,
      [caller.customerId, caller.prefix, caller.limit],
    );
    return counts!;
  }
}

const secondsUntil = (instant: string): string =>
  `greatest(1, ceil(extract(epoch FROM ${instant} - now())))::int`;
