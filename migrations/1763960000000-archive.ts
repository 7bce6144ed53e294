import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where finished orders and old messages go, a partition a month. The partitions themselves are made by
 * the retention tick. No foreign key leads out of the archive: to make or drop a partition must not lock
 * a table that orders are placed in.
 */
export class Archive1763960000000 implements MigrationInterface {
  readonly name = 'Archive1763960000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE archived_orders (
        id uuid NOT NULL,
        order_number text NOT NULL,
        customer_id uuid NOT NULL,
        status text NOT NULL,
        payment_status text NOT NULL,
        currency text NOT NULL,
        total_amount integer NOT NULL,
        stripe_session_id text,
        reminder_sent boolean NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        paid_at timestamptz,
        picked_up_at timestamptz,
        cancelled_at timestamptz,
        cancel_reason text,
        paid_amount integer NOT NULL,
        refunded_amount integer NOT NULL,
        lost_amount integer NOT NULL,
        records jsonb NOT NULL,
        archived_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT archived_orders_pkey PRIMARY KEY (id, created_at)
      ) PARTITION BY RANGE (created_at)`);
    await queryRunner.query(
      `CREATE INDEX archived_orders_created_at_id_idx ON archived_orders (created_at, id)`,
    );
    await queryRunner.query(
      `CREATE INDEX archived_orders_customer_id_idx ON archived_orders (customer_id)`,
    );
    await queryRunner.query(`
      CREATE TABLE archived_order_names (
        name text NOT NULL,
        order_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT archived_order_names_pkey PRIMARY KEY (name, order_id)
      )`);
    await queryRunner.query(
      `CREATE INDEX archived_order_names_created_at_idx ON archived_order_names (created_at)`,
    );
    await queryRunner.query(`
      CREATE TABLE archived_notifications (
        id bigint NOT NULL,
        order_id uuid NOT NULL,
        customer_id uuid NOT NULL,
        kind text NOT NULL,
        slot text NOT NULL,
        channel text NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        provider_id text,
        delivery_status text,
        error_code text,
        failed_provider_ids text[] NOT NULL,
        sent_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        archived_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT archived_notifications_pkey PRIMARY KEY (id, created_at)
      ) PARTITION BY RANGE (created_at)`);
    await queryRunner.query(
      `CREATE INDEX archived_notifications_order_id_idx ON archived_notifications (order_id)`,
    );
    await this.indexReferences(queryRunner);
  }

  /**
   * An order that is deleted is looked for in every table that may refer to it: without these, each of
   * them would be read whole. IF NOT EXISTS: on a large database they can be built beforehand with
   * CREATE INDEX CONCURRENTLY (docs/operations.md).
   */
  private async indexReferences(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX IF NOT EXISTS idempotency_keys_order_id_idx ON idempotency_keys (order_id)
        WHERE order_id IS NOT NULL`);
    await queryRunner.query(`
      CREATE INDEX IF NOT EXISTS stripe_events_order_id_idx ON stripe_events (order_id)
        WHERE order_id IS NOT NULL`);
    await queryRunner.query(`
      CREATE INDEX IF NOT EXISTS payment_reviews_order_id_idx ON payment_reviews (order_id)`);
    await queryRunner.query(`
      CREATE INDEX IF NOT EXISTS stripe_events_received_at_idx ON stripe_events (received_at)`);
  }

  /** Refused while the archive holds orders: they would be lost. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DO $$ BEGIN
        IF EXISTS (SELECT FROM archived_orders) OR EXISTS (SELECT FROM archived_notifications) THEN
          RAISE EXCEPTION 'The archive is not empty: its rows would be lost';
        END IF;
      END $$`);
    await queryRunner.query(`DROP INDEX stripe_events_received_at_idx`);
    await queryRunner.query(`DROP INDEX payment_reviews_order_id_idx`);
    await queryRunner.query(`DROP INDEX stripe_events_order_id_idx`);
    await queryRunner.query(`DROP INDEX idempotency_keys_order_id_idx`);
    await queryRunner.query(
      `DROP TABLE archived_notifications, archived_order_names, archived_orders`,
    );
  }
}
