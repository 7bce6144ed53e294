import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/transaction.js';

/** An order whose reminder this transaction owns. */
export interface ClaimedReminder {
  readonly orderId: string;
  readonly orderNumber: string;
  readonly stepMinutes: number;
}

@Injectable()
export class RemindersRepository {
  /**
   * Claims due orders, oldest first, in one statement: chosen with their rows locked (other instances
   * skip them), marked as reminded, their step written down. Due by the database's clock: pending,
   * younger than a day, session still open, and past a step it has not had. Of several steps that
   * passed unnoticed only the latest counts, so an outage ends in one message.
   */
  async claimDue(
    manager: EntityManager,
    stepMinutes: readonly number[],
    limit: number,
  ): Promise<ClaimedReminder[]> {
    return rowsOf<ClaimedReminder>(
      manager,
      `WITH due AS (
         SELECT o.id, o.order_number, step.minutes
           FROM orders o
           JOIN checkout_sessions cs ON cs.stripe_session_id = o.stripe_session_id
                                    AND cs.status = 'open' AND cs.expires_at > now()
          CROSS JOIN LATERAL (
            SELECT max(s) AS minutes FROM unnest($1::int[]) AS s
             WHERE o.created_at <= now() - make_interval(mins => s)
          ) AS step
          WHERE o.status = 'pending' AND o.payment_status = 'pending'
            AND o.created_at <= now() - make_interval(mins => $2)
            AND o.created_at > now() - interval '24 hours'
            AND CASE WHEN step.minutes = $2 THEN NOT o.reminder_sent
                     ELSE NOT EXISTS (SELECT FROM reminder_steps had
                                       WHERE had.order_id = o.id
                                         AND had.step_minutes >= step.minutes) END
          ORDER BY o.created_at
          LIMIT $3
            FOR UPDATE OF o SKIP LOCKED
       ),
       reminded AS (
         UPDATE orders o SET reminder_sent = true, updated_at = now()
           FROM due WHERE o.id = due.id
       )
       INSERT INTO reminder_steps (order_id, step_minutes)
       SELECT id, minutes FROM due
       ON CONFLICT (order_id, step_minutes) DO NOTHING
       RETURNING order_id AS "orderId", step_minutes AS "stepMinutes",
                 (SELECT order_number FROM due WHERE due.id = order_id) AS "orderNumber"`,
      [stepMinutes, stepMinutes[0], limit],
    );
  }

  /** For a reminder sent by hand: the order counts as reminded from now on. */
  async markReminded(manager: EntityManager, orderId: string): Promise<void> {
    await manager.query(
      `UPDATE orders SET reminder_sent = true, updated_at = now() WHERE id = $1`,
      [orderId],
    );
  }
}
