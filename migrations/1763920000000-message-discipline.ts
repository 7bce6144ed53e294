import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the sending of messages must remember beyond one message: how fast each channel may go and
 * whether it rests, which numbers cannot be reached, and what is still to be heard of a message sent.
 */
export class MessageDiscipline1763920000000 implements MigrationInterface {
  readonly name = 'MessageDiscipline1763920000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE channel_senders (
        channel text NOT NULL,
        tokens double precision NOT NULL DEFAULT 0,
        refilled_at timestamptz NOT NULL DEFAULT now(),
        failures integer NOT NULL DEFAULT 0,
        paused_until timestamptz,
        pause_reason text,
        CONSTRAINT channel_senders_pkey PRIMARY KEY (channel),
        CONSTRAINT channel_senders_channel_check CHECK (channel IN ('whatsapp', 'email', 'sms')),
        CONSTRAINT channel_senders_pause_reason_check
          CHECK (pause_reason IN ('provider_down', 'daily_limit'))
      )`);
    await queryRunner.query(
      `INSERT INTO channel_senders (channel) VALUES ('whatsapp'), ('email'), ('sms')`,
    );
    await queryRunner.query(`
      CREATE TABLE unreachable_numbers (
        channel text NOT NULL,
        phone_number text NOT NULL,
        reason text NOT NULL,
        error_code text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT unreachable_numbers_pkey PRIMARY KEY (channel, phone_number),
        CONSTRAINT unreachable_numbers_channel_check CHECK (channel IN ('whatsapp', 'sms')),
        CONSTRAINT unreachable_numbers_reason_check
          CHECK (reason IN ('number_flagged', 'opted_out'))
      )`);
    await queryRunner.query(`
      ALTER TABLE notifications
        ADD COLUMN failed_provider_ids text[] NOT NULL DEFAULT '{}',
        ADD COLUMN delivery_check_at timestamptz,
        ADD COLUMN delivery_checks integer NOT NULL DEFAULT 0`);
    await queryRunner.query(`DROP INDEX notifications_due_idx`);
    await queryRunner.query(`
      CREATE INDEX notifications_due_idx ON notifications (channel, available_at, id)
        WHERE status IN ('queued', 'sending')`);
    await queryRunner.query(`
      CREATE INDEX notifications_not_after_idx ON notifications (channel, not_after)
        WHERE status IN ('queued', 'sending') AND not_after IS NOT NULL`);
    await queryRunner.query(`
      CREATE INDEX notifications_delivery_check_at_idx ON notifications (delivery_check_at)
        WHERE delivery_check_at IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX notifications_delivery_check_at_idx`);
    await queryRunner.query(`DROP INDEX notifications_not_after_idx`);
    await queryRunner.query(`DROP INDEX notifications_due_idx`);
    await queryRunner.query(`
      CREATE INDEX notifications_due_idx ON notifications (available_at, id)
        WHERE status IN ('queued', 'sending')`);
    await queryRunner.query(`
      ALTER TABLE notifications
        DROP COLUMN failed_provider_ids,
        DROP COLUMN delivery_check_at,
        DROP COLUMN delivery_checks`);
    await queryRunner.query(`DROP TABLE unreachable_numbers, channel_senders`);
  }
}
