import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * How often one caller used one limit in the window that `expire` ends (milliseconds since 1970).
 * Written by rate-limiter-flexible, whose columns these are; the table is unlogged, since counts of a
 * minute are worth no write-ahead log and may be forgotten with a crash.
 */
@Entity('rate_limits')
export class RateLimit {
  @PrimaryColumn({
    type: 'character varying',
    length: 255,
    primaryKeyConstraintName: 'rate_limits_pkey',
  })
  key: string;

  @Column({ type: 'integer', default: 0 })
  points: number;

  @Column({ type: 'bigint', nullable: true })
  expire: string | null;
}
