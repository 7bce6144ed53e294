import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counters of requests, and the index by which unpaid orders are counted before another is taken. */
export class RateLimits1763930000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE UNLOGGED TABLE rate_limits (
        key varchar(255) NOT NULL,
        points integer NOT NULL DEFAULT 0,
        expire bigint,
        CONSTRAINT rate_limits_pkey PRIMARY KEY (key)
      )`);
    await queryRunner.query(`
      CREATE INDEX orders_unpaid_created_at_idx ON orders (created_at, customer_id)
       WHERE paid_at IS NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX orders_unpaid_created_at_idx`);
    await queryRunner.query(`DROP TABLE rate_limits`);
  }
}
