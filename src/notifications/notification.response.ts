import type { ChannelName } from '../channels/channel.js';
import type { NotificationStatus } from './notification.entity.js';
import type { NotificationKind } from './templates/message-template.js';

/** A message of an order, as its timeline shows it: no text, no address. */
export interface NotificationView {
  readonly id: string;
  readonly kind: NotificationKind;
  readonly slot: string;
  readonly channel: ChannelName;
  readonly status: NotificationStatus;
  readonly deliveryStatus: string | null;
  readonly errorCode: string | null;
  /** One a message that was taken and not delivered, before it was sent once more. */
  readonly failedProviderIds: readonly string[];
  readonly createdAt: Date;
  readonly sentAt: Date | null;
}
