import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, rowsOf } from '../database/transaction.js';
import { DO_NOT_WAIT } from './archive.repository.js';
import { MESSAGE_COLUMNS, OLDEST_KEPT } from './archive.sql.js';

export interface MovedMessages {
  readonly moved: number;
  /** Null: what follows is too young. */
  readonly next: string | null;
}

/**
 * $1 behind this id, $2 most rows looked at, $3 months, $4 years the archive keeps. Ids grow with the
 * time, so the walk over the primary key ends where the messages are too young, and needs no index.
 */
const MOVE_MESSAGES = `
WITH seen AS MATERIALIZED (
  SELECT id, created_at FROM notifications WHERE id > $1::bigint ORDER BY id LIMIT $2
), chosen AS MATERIALIZED (
  SELECT n.id FROM notifications n
   WHERE n.id = ANY (ARRAY(SELECT id FROM seen))
     AND n.status IN ('sent', 'failed', 'cancelled', 'dropped') AND n.delivery_check_at IS NULL
     AND n.created_at < now() - make_interval(months => $3::int)
     AND n.updated_at < now() - make_interval(months => $3::int)
     AND n.created_at >= ${OLDEST_KEPT('$4')}
     FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM notifications WHERE id = ANY (ARRAY(SELECT id FROM chosen)) RETURNING *
), moved AS (
  INSERT INTO archived_notifications (${MESSAGE_COLUMNS}) SELECT ${MESSAGE_COLUMNS} FROM gone
  RETURNING id
)
SELECT (SELECT count(*)::int FROM moved) AS moved,
       (SELECT max(id)::text FROM seen
        HAVING min(created_at) < now() - make_interval(months => $3::int)) AS next`;

/**
 * $1 days, $2 months after which an order may go, 0: never. A dispute that was told before its payment is
 * kept as long as an order is: its payment may still be found by a look at the session.
 */
const DELETE_EVENTS = `
DELETE FROM stripe_events
 WHERE id = ANY (ARRAY(
   SELECT id FROM stripe_events
    WHERE received_at < now() - make_interval(days => $1::int) AND outcome IS NOT NULL
      AND NOT (reason = 'unknown_order' AND type = 'charge.dispute.created'
               AND ($2::int = 0 OR received_at > now() - make_interval(months => $2::int)))
    ORDER BY received_at LIMIT $3
      FOR UPDATE SKIP LOCKED))
RETURNING id`;

const DELETE_KEYS = `
DELETE FROM idempotency_keys
 WHERE key = ANY (ARRAY(
   SELECT key FROM idempotency_keys
    WHERE created_at < now() - make_interval(days => $1::int) AND locked_until < now()
    LIMIT $2
      FOR UPDATE SKIP LOCKED))
RETURNING key`;

/** What is old in tables that only grow. Every call is one short transaction and safe on any number of instances. */
@Injectable()
export class OldRowsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async moveMessages(
    afterId: string,
    plan: { readonly months: number; readonly years: number; readonly limit: number },
  ): Promise<MovedMessages> {
    const { months, years, limit } = plan;
    const [row] = await this.run<MovedMessages>(MOVE_MESSAGES, [afterId, limit, months, years]);
    return row!;
  }

  /** Answers how many went. */
  async deleteEvents(days: number, orderMonths: number, limit: number): Promise<number> {
    return (await this.run(DELETE_EVENTS, [days, orderMonths, limit])).length;
  }

  /** Answers how many went. */
  async deleteKeys(days: number, limit: number): Promise<number> {
    return (await this.run(DELETE_KEYS, [days, limit])).length;
  }

  private async run<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query(DO_NOT_WAIT);
      return rowsOf<Row>(manager, sql, parameters);
    });
  }
}
