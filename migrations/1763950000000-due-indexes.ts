import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every question "what is due, what is open" has an index of just those rows, whatever the number of
 * finished ones; and writes are rid of indexes that nothing asks. `stripe_session_id` and `reminder_sent`
 * of an order stand in no index now: where the page has room, and orders leave some, storing a payment
 * link or a reminder changes no index at all. So does taking stock.
 */
export class DueIndexes1763950000000 implements MigrationInterface {
  readonly name = 'DueIndexes1763950000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX orders_open_idx ON orders (status, created_at, id, payment_status)
        WHERE status IN ('pending', 'confirmed')`);
    await queryRunner.query(`DROP INDEX orders_pending_created_at_idx`);
    await queryRunner.query(`
      CREATE INDEX orders_unusual_payment_idx ON orders (payment_status, created_at, id, status)
        WHERE payment_status IN ('processing', 'failed', 'refunded', 'partially_refunded')`);
    await queryRunner.query(`
      CREATE INDEX refunds_stripe_payment_intent_id_idx ON refunds (stripe_payment_intent_id)`);
    await queryRunner.query(
      `CREATE INDEX payment_reviews_object_id_idx ON payment_reviews (object_id)`,
    );
    // Sessions are looked up in checkout_sessions, which leads to the order and its payment.
    await queryRunner.query(`DROP INDEX orders_stripe_session_id_idx`);
    await queryRunner.query(`DROP INDEX payments_stripe_session_id_idx`);
    // An order has a few messages: they are found by its unique key.
    await queryRunner.query(`DROP INDEX notifications_unsent_order_id_idx`);
    await queryRunner.query(`ALTER TABLE orders SET (fillfactor = 85)`);
    await queryRunner.query(`ALTER TABLE products SET (fillfactor = 50)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE products RESET (fillfactor)`);
    await queryRunner.query(`ALTER TABLE orders RESET (fillfactor)`);
    await queryRunner.query(`
      CREATE INDEX notifications_unsent_order_id_idx ON notifications (order_id, id)
        WHERE status IN ('queued', 'sending')`);
    await queryRunner.query(
      `CREATE INDEX payments_stripe_session_id_idx ON payments (stripe_session_id)`,
    );
    await queryRunner.query(
      `CREATE INDEX orders_stripe_session_id_idx ON orders (stripe_session_id)`,
    );
    await queryRunner.query(`DROP INDEX payment_reviews_object_id_idx`);
    await queryRunner.query(`DROP INDEX refunds_stripe_payment_intent_id_idx`);
    await queryRunner.query(`DROP INDEX orders_unusual_payment_idx`);
    await queryRunner.query(
      `CREATE INDEX orders_pending_created_at_idx ON orders (created_at) WHERE status = 'pending'`,
    );
    await queryRunner.query(`DROP INDEX orders_open_idx`);
  }
}
