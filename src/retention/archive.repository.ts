import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inTransaction, rowsOf } from '../database/transaction.js';
import { LOCK_FINISHED, MOVE_ORDERS, TAKE_BACK } from './archive.sql.js';

/** Where a walk over the orders has come to; `createdAt` as PostgreSQL writes it, to the microsecond. */
export interface OrderPosition {
  readonly createdAt: string;
  readonly id: string;
}

export const BEFORE_ALL: OrderPosition = {
  createdAt: '-infinity',
  id: '00000000-0000-0000-0000-000000000000',
};

export interface MovedOrders {
  readonly moved: number;
  /** Null: there are no more. */
  readonly next: OrderPosition | null;
}

/** Nobody waits for the archive: what cannot be had at once is left for the next run. */
export const DO_NOT_WAIT = `SELECT set_config('lock_timeout', '2s', true)`;

@Injectable()
export class ArchiveRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** One short transaction: the next `limit` finished orders behind `after` go, or stay as they are. */
  async moveFinished(
    after: OrderPosition,
    plan: { readonly months: number; readonly years: number; readonly limit: number },
  ): Promise<MovedOrders> {
    const { months, years, limit } = plan;
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query(DO_NOT_WAIT);
      const locked = await rowsOf<OrderPosition>(manager, LOCK_FINISHED, [
        after.createdAt,
        after.id,
        months,
        years,
        limit,
      ]);
      if (locked.length === 0) return { moved: 0, next: null };
      const moved = await this.moveLocked(manager, locked);
      return { moved, next: locked.length < limit ? null : locked.at(-1)! };
    });
  }

  /** Those of the locked orders that nothing waits for; answers how many. */
  async moveLocked(manager: EntityManager, locked: readonly OrderPosition[]): Promise<number> {
    return (await rowsOf(manager, MOVE_ORDERS, [locked.map(({ id }) => id)])).length;
  }

  /** The orders that ever were archived under one of the names. */
  async findByName(manager: EntityManager, names: readonly string[]): Promise<OrderPosition[]> {
    return rowsOf<OrderPosition>(
      manager,
      `SELECT DISTINCT order_id AS id, created_at::text AS "createdAt"
         FROM archived_order_names WHERE name = ANY ($1::text[])`,
      [names],
    );
  }

  /** Null: it is not in the archive, or not any more. */
  async takeBack(
    manager: EntityManager,
    { id, createdAt }: OrderPosition,
  ): Promise<{ orderNumber: string } | null> {
    const [row] = await rowsOf<{ orderNumber: string }>(manager, TAKE_BACK, [id, createdAt]);
    return row ?? null;
  }
}
