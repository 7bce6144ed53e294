import type { ShopConfig } from '../../config/app-config.js';

export const NOTIFICATION_KINDS = [
  'order_confirmation',
  'payment_thank_you',
  'pickup_qr',
  'payment_reminder',
  'payment_link_expired',
  'payment_failed',
  'order_cancelled',
  'payment_refunded',
  'payment_disputed',
  'late_payment_received',
  'second_payment_received',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export type MessageLocale = 'fr' | 'en';

export interface MessageItem {
  readonly brand: string;
  readonly model: string;
  readonly quantity: number;
  /** Price of one, in minor units. */
  readonly unitAmount: number;
}

/** Money that came or went beside the order's own total; in minor units, lower-case ISO 4217. */
export interface MovedMoney {
  readonly amount: number;
  readonly currency: string;
  /** What becomes of the pickup code: null when the order has none to speak of. */
  readonly pickup: 'ends' | 'stays' | null;
}

/** What a message may say, all of it true at the instant `now`. Amounts in minor units. */
export interface MessageFacts {
  readonly orderNumber: string;
  readonly firstName: string | null;
  readonly items: readonly MessageItem[];
  readonly totalAmount: number;
  /** Lower-case ISO 4217. */
  readonly currency: string;
  /** Null: no link can be paid now, and none is mentioned. */
  readonly paymentUrl: string | null;
  readonly paymentExpiresAt: Date | null;
  readonly now: Date;
  readonly shop: ShopConfig;
  /** Whether payment in 4 is offered on the payment page. */
  readonly instalments: boolean;
  /** The address a confirmation e-mail was really sent to. */
  readonly emailSentTo: string | null;
  /** Only in messages about such money. */
  readonly moved?: MovedMoney;
}

/**
 * One message in one language. The first line is the message's own, no other kind begins with it,
 * and the order number stands in the text: an attempt is recognised by the two at the provider.
 */
export interface MessageTemplate {
  subject(facts: MessageFacts): string;
  text(facts: MessageFacts): string;
}

export type LocalizedTemplate = Readonly<Record<MessageLocale, MessageTemplate>>;
