import { MAX_TEXT_LENGTH } from './message-lines.js';
import type {
  LocalizedTemplate,
  MessageFacts,
  MessageLocale,
  NotificationKind,
} from './message-template.js';
import { latePaymentReceived } from './late-payment-received.template.js';
import { orderCancelled } from './order-cancelled.template.js';
import { orderConfirmation } from './order-confirmation.template.js';
import { paymentDisputed } from './payment-disputed.template.js';
import { paymentFailed } from './payment-failed.template.js';
import { paymentLinkExpired } from './payment-link-expired.template.js';
import { paymentRefunded } from './payment-refunded.template.js';
import { paymentReminder } from './payment-reminder.template.js';
import { paymentThankYou } from './payment-thank-you.template.js';
import { pickupQr } from './pickup-qr.template.js';
import { withPlainText } from './plain-text.js';
import { secondPaymentReceived } from './second-payment-received.template.js';

export const TEMPLATES: Readonly<Record<NotificationKind, LocalizedTemplate>> = {
  order_confirmation: orderConfirmation,
  payment_thank_you: paymentThankYou,
  pickup_qr: pickupQr,
  payment_reminder: paymentReminder,
  payment_link_expired: paymentLinkExpired,
  payment_failed: paymentFailed,
  order_cancelled: orderCancelled,
  payment_refunded: paymentRefunded,
  payment_disputed: paymentDisputed,
  late_payment_received: latePaymentReceived,
  second_payment_received: secondPaymentReceived,
};

/** The text of every channel, never above 1600 characters. Names in the facts may be hostile. */
export function renderText(
  kind: NotificationKind,
  locale: MessageLocale,
  facts: MessageFacts,
): string {
  const text = TEMPLATES[kind][locale].text(withPlainText(facts));
  // A long cart is cut by its template; this only bounds an absurd shop address.
  if (text.length <= MAX_TEXT_LENGTH) return text;
  return `${text.slice(0, MAX_TEXT_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** One line: a line break in it would be a second header. */
export const renderSubject = (
  kind: NotificationKind,
  locale: MessageLocale,
  facts: MessageFacts,
): string =>
  TEMPLATES[kind][locale]
    .subject(withPlainText(facts))
    .replace(/\p{C}+/gu, ' ')
    .trim();
