import type { ChannelName } from '../channels/channel.js';
import type { NotificationKind } from './templates/message-template.js';

/**
 * Which channels carry which message. The e-mail stands first where there is one: it leaves first,
 * so that the WhatsApp text says "e-mail sent to" only when that is true.
 */
export const CHANNEL_PLAN: Readonly<Record<NotificationKind, readonly ChannelName[]>> = {
  order_confirmation: ['email', 'whatsapp'],
  payment_thank_you: ['email', 'whatsapp'],
  pickup_qr: ['whatsapp'],
  payment_reminder: ['whatsapp'],
  payment_link_expired: ['whatsapp'],
  payment_failed: ['email', 'whatsapp'],
  order_cancelled: ['email', 'whatsapp'],
  payment_refunded: ['email', 'whatsapp'],
  payment_disputed: ['email', 'whatsapp'],
  late_payment_received: ['email', 'whatsapp'],
  second_payment_received: ['email', 'whatsapp'],
};

/**
 * Messages that ask for money: wrong as soon as the order is paid or cancelled. With them go the news
 * of an end that a late payment has undone.
 */
export const PAYMENT_REQUESTS: readonly NotificationKind[] = [
  'order_confirmation',
  'payment_reminder',
  'payment_failed',
  'payment_link_expired',
  'order_cancelled',
];

/** Messages that lead to the counter: wrong as soon as there is nothing to collect there. */
export const PICKUP_INVITATIONS: readonly NotificationKind[] = ['payment_thank_you', 'pickup_qr'];
