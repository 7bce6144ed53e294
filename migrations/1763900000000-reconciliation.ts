import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When Stripe is to be asked how a session stands, and how far its events have been read. */
export class Reconciliation1763900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE checkout_sessions ADD COLUMN next_check_at timestamptz`);
    // What is under way when the column comes is looked at first.
    await queryRunner.query(`
      UPDATE checkout_sessions cs SET next_check_at = now()
        FROM orders o
       WHERE o.id = cs.order_id
         AND (cs.status IN ('open', 'closing')
              OR (cs.status = 'complete' AND o.payment_status = 'processing')
              OR (cs.status = 'abandoned' AND cs.stripe_session_id IS NULL
                  AND cs.created_at > now() - interval '1 day'))`);
    await queryRunner.query(`
      CREATE INDEX checkout_sessions_check_idx ON checkout_sessions (next_check_at)
        WHERE next_check_at IS NOT NULL`);
    await queryRunner.query(`
      CREATE TABLE stripe_event_cursors (
        name text NOT NULL,
        read_to timestamptz NOT NULL,
        lease_until timestamptz NOT NULL,
        CONSTRAINT stripe_event_cursors_pkey PRIMARY KEY (name)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE stripe_event_cursors`);
    await queryRunner.query(`DROP INDEX checkout_sessions_check_idx`);
    await queryRunner.query(`ALTER TABLE checkout_sessions DROP COLUMN next_check_at`);
  }
}
