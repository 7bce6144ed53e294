import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ChannelName } from '../channels/channel.js';
import type { RecipientVerdict } from '../channels/channel.errors.js';

/** A number that Twilio said can never be written to on a channel; nothing is sent there any more. */
@Entity('unreachable_numbers')
@Check('unreachable_numbers_channel_check', `channel IN ('whatsapp', 'sms')`)
@Check('unreachable_numbers_reason_check', `reason IN ('number_flagged', 'opted_out')`)
export class UnreachableNumber {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'unreachable_numbers_pkey' })
  channel: ChannelName;

  /** E.164. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'unreachable_numbers_pkey' })
  phoneNumber: string;

  @Column({ type: 'text' })
  reason: RecipientVerdict;

  /** What Twilio said first. */
  @Column({ type: 'text' })
  errorCode: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
