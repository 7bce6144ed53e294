import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';
import type { NotificationsService } from '../notifications/notifications.service.js';
import { REMIND_DUE } from './remind-due.sql.js';

/** How far a sweep has come: the next batch begins behind this order. */
export interface SweepMark {
  /** As PostgreSQL writes it: an instant of JavaScript has no microseconds. */
  readonly createdAt: string;
  readonly id: string;
}

export interface ClaimedBatch extends SweepMark {
  /** Orders reminded. */
  readonly count: number;
}

const BEFORE_ALL: SweepMark = {
  createdAt: '-infinity',
  id: '00000000-0000-0000-0000-000000000000',
};

@Injectable()
export class RemindersRepository {
  /**
   * Reminds the oldest `limit` due orders behind a mark, in one statement: see REMIND_DUE. Null when
   * there are none. Nothing of an order comes back, so a sweep costs no memory, however long.
   */
  async claimDue(
    manager: EntityManager,
    stepMinutes: readonly number[],
    { kinds, channels }: NotificationsService['plan'],
    limit: number,
    after: SweepMark | null,
  ): Promise<ClaimedBatch | null> {
    const { createdAt, id } = after ?? BEFORE_ALL;
    const [batch] = await rowsOf<ClaimedBatch>(manager, REMIND_DUE, [
      stepMinutes,
      limit,
      createdAt,
      id,
      kinds,
      channels,
    ]);
    return batch ?? null;
  }

  /** For a reminder sent by hand: the order counts as reminded from now on. */
  async markReminded(manager: EntityManager, orderId: string): Promise<void> {
    await manager.query(
      `UPDATE orders SET reminder_sent = true, updated_at = now() WHERE id = $1`,
      [orderId],
    );
  }
}
