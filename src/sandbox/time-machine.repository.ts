import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, rowsOf } from '../database/transaction.js';

/** Every instant of an order, by table; a null stays null. */
const INSTANTS: Readonly<Record<string, readonly string[]>> = {
  checkout_sessions: ['created_at', 'expires_at', 'next_attempt_at', 'next_check_at'],
  order_events: ['created_at'],
  payments: ['created_at'],
  pickup_passes: ['created_at', 'redeemed_at'],
  reminder_steps: ['created_at'],
  notifications: ['created_at', 'available_at', 'not_after', 'sent_at'],
};

@Injectable()
export class TimeMachineRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Moves an order and all that belongs to it back by so many minutes, as if it had been placed
   * earlier; false for an unknown order.
   */
  async moveBack(orderId: string, minutes: number): Promise<boolean> {
    return inTransaction(this.dataSource, async (manager) => {
      const moved = await rowsOf(
        manager,
        `UPDATE orders SET ${shifted(['created_at', 'paid_at', 'picked_up_at', 'cancelled_at'])}
          WHERE id = $1 RETURNING id`,
        [orderId, minutes],
      );
      if (moved.length === 0) return false;
      for (const [table, columns] of Object.entries(INSTANTS)) {
        await manager.query(`UPDATE ${table} SET ${shifted(columns)} WHERE order_id = $1`, [
          orderId,
          minutes,
        ]);
      }
      await manager.query(SHIFT_UNSENT_TEXTS, [orderId, minutes]);
      return true;
    });
  }

  /** Stripe's ids of the order's Checkout Sessions, oldest first. */
  async sessionIds(orderId: string): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      this.dataSource.manager,
      `SELECT stripe_session_id AS id FROM checkout_sessions
        WHERE order_id = $1 AND stripe_session_id IS NOT NULL ORDER BY attempt`,
      [orderId],
    );
    return rows.map(({ id }) => id);
  }
}

const shifted = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = ${column} - make_interval(mins => $2)`).join(', ');

/** A message that waits to be sent tells the time left from its own copy of the end. */
const SHIFT_UNSENT_TEXTS = `
  UPDATE notifications
     SET params = jsonb_set(params, '{paymentExpiresAt}',
           to_jsonb((params->>'paymentExpiresAt')::timestamptz - make_interval(mins => $2)))
   WHERE order_id = $1 AND status = 'queued' AND params->>'paymentExpiresAt' IS NOT NULL`;
