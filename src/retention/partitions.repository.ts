import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inTransaction, rowsOf } from '../database/transaction.js';
import { DO_NOT_WAIT } from './archive.repository.js';
import { OLDEST_KEPT } from './archive.sql.js';

interface MissingPartition {
  readonly parent: string;
  readonly name: string;
  /** First day of its month and of the next, UTC. */
  readonly from: string;
  readonly to: string;
}

/** Any number, the same in every process: partitions are made and dropped by one at a time. */
const PARTITION_LOCK = 5_121_908;

/**
 * Months in UTC, from the one before the oldest live order's (a clock may have been set back between an
 * order and its message) to the next one. $1: years the archive keeps.
 */
const FIRST_MISSING = `
SELECT parent, parent || to_char(month, '_YYYY_MM') AS name,
       to_char(month, 'YYYY-MM-DD') AS "from",
       to_char(month + interval '1 month', 'YYYY-MM-DD') AS "to"
  FROM generate_series(
         date_trunc('month', greatest((SELECT least(min(created_at) - interval '1 month', now())
                                         FROM orders),
                                      ${OLDEST_KEPT('$1')}) AT TIME ZONE 'UTC'),
         date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month',
         interval '1 month') AS month
 CROSS JOIN unnest(ARRAY['archived_orders', 'archived_notifications']) AS parent
 WHERE to_regclass(parent || to_char(month, '_YYYY_MM')) IS NULL
 ORDER BY month LIMIT 1`;

/** A month is kept until its year has been over for $1 years. */
const EXPIRED = `
SELECT c.relname::text AS name
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent IN ('archived_orders'::regclass, 'archived_notifications'::regclass)
   AND right(c.relname, 7) < to_char(${OLDEST_KEPT('$1')} AT TIME ZONE 'UTC', 'YYYY_MM')
 ORDER BY c.relname`;

const DELETE_NAMES = `
DELETE FROM archived_order_names
 WHERE (name, order_id) IN (SELECT name, order_id FROM archived_order_names
                             WHERE created_at < ${OLDEST_KEPT('$1')} LIMIT $2)
RETURNING name`;

/** Names of relations cannot be parameters; ours are made by the statements above. */
const SHAPE = /^archived_(?:orders|notifications)_\d{4}_\d{2}$/;

@Injectable()
export class PartitionsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Makes the first partition that is missing; null: none is. Made beside its table and then attached,
   * which lets readers and writers of the table go on.
   */
  async addNext(years: number): Promise<string | null> {
    return this.alone(async (manager) => {
      const [missing] = await rowsOf<MissingPartition>(manager, FIRST_MISSING, [years]);
      if (!missing) return null;
      const { parent, name, from, to } = missing;
      assertOurs(name);
      await manager.query(
        `CREATE TABLE ${name} (LIKE ${parent}
           INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)`,
      );
      await manager.query(
        `ALTER TABLE ${parent} ATTACH PARTITION ${name}
           FOR VALUES FROM ('${from} 00:00:00+00') TO ('${to} 00:00:00+00')`,
      );
      return name;
    });
  }

  /** Partitions whose time is over. */
  async findExpired(years: number): Promise<string[]> {
    const rows = await rowsOf<{ name: string }>(this.dataSource.manager, EXPIRED, [years]);
    return rows.map(({ name }) => name);
  }

  /** Under which names the orders of those partitions were known; answers how many went. */
  async deleteExpiredNames(years: number, limit: number): Promise<number> {
    return (await rowsOf(this.dataSource.manager, DELETE_NAMES, [years, limit])).length;
  }

  /** Waits two seconds at most for readers of the archive. Answers how many rows went with it. */
  async drop(name: string): Promise<number> {
    assertOurs(name);
    return this.alone(async (manager) => {
      const [known] = await rowsOf<{ exists: boolean }>(
        manager,
        `SELECT to_regclass($1) IS NOT NULL AS exists`,
        [name],
      );
      if (!known?.exists) return 0;
      const [rows] = await rowsOf<{ count: number }>(
        manager,
        `SELECT count(*)::int AS count FROM ${name}`,
      );
      await manager.query(`DROP TABLE ${name}`);
      return rows!.count;
    });
  }

  private async alone<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query(DO_NOT_WAIT);
      await manager.query(`SELECT pg_advisory_xact_lock($1)`, [PARTITION_LOCK]);
      return work(manager);
    });
  }
}

function assertOurs(name: string): void {
  if (!SHAPE.test(name)) throw new Error('This is no partition of the archive');
}
