import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import { PickupPass } from './pickup-pass.entity.js';
import { issuePass } from './pickup-passes.sql.js';

const ISSUE = issuePass({
  orders: '(SELECT $1::uuid AS id) AS paid',
  secret: '$2',
  ifIssued: 'skip',
});

@Injectable()
export class PickupPassesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** An order has one pass, whatever the number of calls. */
  async insert(manager: EntityManager, orderId: string, secret: Buffer): Promise<void> {
    await manager.query(ISSUE, [orderId, secret]);
  }

  async findById(id: string, manager?: EntityManager): Promise<PickupPass | null> {
    return (manager ?? this.dataSource.manager).findOneBy(PickupPass, { id });
  }

  async findByOrder(orderId: string): Promise<PickupPass | null> {
    return this.dataSource.manager.findOneBy(PickupPass, { orderId });
  }

  /** The code is worth nothing until it is resumed. */
  async suspend(manager: EntityManager, orderId: string): Promise<void> {
    await manager.query(
      `UPDATE pickup_passes SET suspended_at = now() WHERE order_id = $1 AND suspended_at IS NULL`,
      [orderId],
    );
  }

  /** False: it was not suspended. */
  async resume(manager: EntityManager, orderId: string): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `UPDATE pickup_passes SET suspended_at = NULL
        WHERE order_id = $1 AND suspended_at IS NOT NULL RETURNING id`,
      [orderId],
    );
    return rows.length > 0;
  }

  /** Compare and set: the instant of the redemption, or null when somebody was faster or the pass is suspended. */
  async redeem(manager: EntityManager, id: string): Promise<Date | null> {
    const [row] = await rowsOf<{ redeemedAt: Date }>(
      manager,
      `UPDATE pickup_passes SET redeemed_at = now()
        WHERE id = $1 AND redeemed_at IS NULL AND suspended_at IS NULL
       RETURNING redeemed_at AS "redeemedAt"`,
      [id],
    );
    return row?.redeemedAt ?? null;
  }
}
