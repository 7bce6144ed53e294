import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every question "what is due, what is open" gets an index that holds just those rows, and writes get
 * rid of indexes that nothing asks. `stripe_session_id` and `reminder_sent` of an order stand in no index
 * any more: with room left on the page, storing a payment link or a reminder writes no index at all.
 */
export class DueIndexes1763950000000 implements MigrationInterface {
  readonly name = 'DueIndexes1763950000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX orders_open_idx ON orders (status, created_at, id, payment_status)
        WHERE status IN ('pending', 'confirmed')`);
    await queryRunner.query(`DROP INDEX orders_pending_created_at_idx`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE INDEX orders_pending_created_at_idx ON orders (created_at) WHERE status = 'pending'`,
    );
    await queryRunner.query(`DROP INDEX orders_open_idx`);
  }
}
