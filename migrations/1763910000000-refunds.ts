import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Money that goes back: refunds with their intent, disputes that were lost, codes that are suspended. */
export class Refunds1763910000000 implements MigrationInterface {
  name = 'Refunds1763910000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE refunds (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        order_id uuid NOT NULL,
        stripe_payment_intent_id text NOT NULL,
        amount integer NOT NULL,
        currency text NOT NULL,
        status text NOT NULL DEFAULT 'creating',
        stripe_refund_id text,
        idempotency_key text NOT NULL,
        client_key text,
        client_request_hash text,
        calls integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT refunds_pkey PRIMARY KEY (id),
        CONSTRAINT refunds_stripe_refund_id_key UNIQUE (stripe_refund_id),
        CONSTRAINT refunds_idempotency_key_key UNIQUE (idempotency_key),
        CONSTRAINT refunds_client_key_key UNIQUE (client_key),
        CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT refunds_amount_check CHECK (amount > 0),
        CONSTRAINT refunds_status_check
          CHECK (status IN ('creating', 'pending', 'succeeded', 'failed'))
      )`);
    await queryRunner.query(`CREATE INDEX refunds_order_id_idx ON refunds (order_id)`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX refunds_one_in_flight_idx ON refunds (stripe_payment_intent_id)
        WHERE status = 'creating'`,
    );
    await queryRunner.query(
      `CREATE INDEX refunds_due_idx ON refunds (next_attempt_at) WHERE status = 'creating'`,
    );
    await queryRunner.query(`
      ALTER TABLE payments
        ADD lost_amount integer NOT NULL DEFAULT 0,
        ADD CONSTRAINT payments_lost_amount_check CHECK (lost_amount BETWEEN 0 AND amount)`);
    await queryRunner.query(`
      ALTER TABLE payment_reviews
        ADD refunded_amount integer NOT NULL DEFAULT 0,
        DROP CONSTRAINT payment_reviews_reason_check,
        ADD CONSTRAINT payment_reviews_reason_check
          CHECK (reason IN ('amount_mismatch', 'currency_mismatch', 'second_payment', 'paid_after_cancel', 'payment_not_required', 'refund_without_payment', 'refund_failed', 'disputed'))`);
    await queryRunner.query(`ALTER TABLE pickup_passes ADD suspended_at timestamptz`);
    await queryRunner.query(`ALTER TABLE stripe_events ADD payment_intent_id text`);
    await queryRunner.query(`
      CREATE INDEX stripe_events_unknown_order_idx ON stripe_events (payment_intent_id)
        WHERE reason = 'unknown_order'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE refunds`);
    await queryRunner.query(`ALTER TABLE stripe_events DROP payment_intent_id`);
    await queryRunner.query(`ALTER TABLE pickup_passes DROP suspended_at`);
    await queryRunner.query(`DELETE FROM payment_reviews WHERE reason = 'refund_failed'`);
    await queryRunner.query(`
      ALTER TABLE payment_reviews
        DROP refunded_amount,
        DROP CONSTRAINT payment_reviews_reason_check,
        ADD CONSTRAINT payment_reviews_reason_check
          CHECK (reason IN ('amount_mismatch', 'currency_mismatch', 'second_payment', 'paid_after_cancel', 'payment_not_required', 'refund_without_payment', 'disputed'))`);
    await queryRunner.query(`ALTER TABLE payments DROP lost_amount`);
  }
}
