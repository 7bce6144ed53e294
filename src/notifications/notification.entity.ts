import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { ChannelName } from '../channels/channel.js';
import type { NotificationKind } from './templates/message-template.js';
import type { NotificationParams } from './notification-params.js';

/**
 * - `queued`: waits for its turn; `sending`: claimed until `lease_until`.
 * - `sent`: a provider took it; what became of it then is `delivery_status`.
 * - `failed`: refused for good; `cancelled`: no longer true; `dropped`: too late to be of use.
 */
export type NotificationStatus = 'queued' | 'sending' | 'sent' | 'failed' | 'cancelled' | 'dropped';

/** The outbox: one row a message and channel, written in the transaction of what it tells. */
@Entity('notifications')
@Unique('notifications_order_id_kind_slot_channel_key', ['orderId', 'kind', 'slot', 'channel'])
@Index('notifications_due_idx', ['channel', 'availableAt', 'id'], {
  where: `status IN ('queued', 'sending')`,
})
@Index('notifications_not_after_idx', ['channel', 'notAfter'], {
  where: `status IN ('queued', 'sending') AND not_after IS NOT NULL`,
})
@Index('notifications_delivery_check_at_idx', ['deliveryCheckAt'], {
  where: `delivery_check_at IS NOT NULL`,
})
@Check('notifications_channel_check', `channel IN ('whatsapp', 'email', 'sms')`)
@Check(
  'notifications_status_check',
  `status IN ('queued', 'sending', 'sent', 'failed', 'cancelled', 'dropped')`,
)
export class Notification {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    primaryKeyConstraintName: 'notifications_pkey',
  })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order', { name: 'notifications_order_id_fkey' })
  orderId: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Customer', { name: 'notifications_customer_id_fkey' })
  customerId: string;

  @Column({ type: 'text' })
  kind: NotificationKind;

  /** Tells messages of one kind apart, a reminder's step for example. */
  @Column({ type: 'text', default: '' })
  slot: string;

  @Column({ type: 'text' })
  channel: ChannelName;

  @Column({ type: 'text', default: 'queued' })
  status: NotificationStatus;

  /** Facts frozen when the message was decided; names and addresses are read when it leaves. */
  @Column({ type: 'jsonb' })
  params: NotificationParams;

  @Column({ type: 'integer', default: 0 })
  attempts: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  availableAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  /** After this instant the message would be wrong: it is dropped. */
  @Column({ type: 'timestamptz', nullable: true })
  notAfter: Date | null;

  /** True when an attempt may have reached the customer: looked up before anything is sent again. */
  @Column({ type: 'boolean', default: false })
  ambiguous: boolean;

  /** Twilio's message SID, or the e-mail's Message-ID. */
  @Column({ type: 'text', nullable: true })
  providerId: string | null;

  /** Twilio's word: `sent`, `delivered`, `read`, `failed` … */
  @Column({ type: 'text', nullable: true })
  deliveryStatus: string | null;

  @Column({ type: 'text', nullable: true })
  errorCode: string | null;

  /** Earlier messages of this row that were taken and not delivered, before it was sent once more. */
  @Column({ type: 'text', array: true, default: () => `'{}'` })
  failedProviderIds: string[];

  /** When the provider is asked what became of it; null once that is known, or no longer asked. */
  @Column({ type: 'timestamptz', nullable: true })
  deliveryCheckAt: Date | null;

  @Column({ type: 'integer', default: 0 })
  deliveryChecks: number;

  @Column({ type: 'timestamptz', nullable: true })
  sentAt: Date | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
