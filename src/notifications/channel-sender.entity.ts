import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ChannelName } from '../channels/channel.js';

/**
 * - `provider_down`: it did not answer several times in a row; one message at a time asks again.
 * - `daily_limit`: it takes no more from this sender for a day.
 */
export type PauseReason = 'provider_down' | 'daily_limit';

/** One row a channel, shared by every process: how fast it may send, and whether it rests. */
@Entity('channel_senders')
@Check('channel_senders_channel_check', `channel IN ('whatsapp', 'email', 'sms')`)
@Check('channel_senders_pause_reason_check', `pause_reason IN ('provider_down', 'daily_limit')`)
export class ChannelSender {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'channel_senders_pkey' })
  channel: ChannelName;

  /** Messages that might leave at `refilled_at`; grows with time up to a quarter of a second's worth. */
  @Column({ type: 'double precision', default: 0 })
  tokens: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  refilledAt: Date;

  /** How often in a row the provider did not answer; any answer sets it back to zero. */
  @Column({ type: 'integer', default: 0 })
  failures: number;

  /** Nothing is claimed for this channel before this instant. */
  @Column({ type: 'timestamptz', nullable: true })
  pausedUntil: Date | null;

  /** Why it rests, or rested last. */
  @Column({ type: 'text', nullable: true })
  pauseReason: PauseReason | null;
}
