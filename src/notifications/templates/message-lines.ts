import { formatAmount } from '../../common/money.js';
import type { MessageFacts, MessageLocale } from './message-template.js';

export const RULE = '━━━━━━━━━━━━━━━━';

/** Twilio refuses a body above 1600 characters (twilio.com/docs/api/errors/21617). */
export const MAX_TEXT_LENGTH = 1600;

/** What is left out is `false` or null; a group of lines comes or goes as one. */
type Lines = string | false | null | readonly string[];

export const joinLines = (...parts: readonly Lines[]): string =>
  parts.flatMap((part) => (part === false || part === null ? [] : part)).join('\n');

export const total = ({ totalAmount, currency }: MessageFacts, locale: MessageLocale): string =>
  formatAmount(totalAmount, currency, locale);

/** The sum that a message about money that came or went speaks of. */
export const movedAmount = (
  { moved, totalAmount, currency }: MessageFacts,
  locale: MessageLocale,
): string =>
  moved
    ? formatAmount(moved.amount, moved.currency, locale)
    : formatAmount(totalAmount, currency, locale);

/** `22h`, or `45 min` below one hour, rounded down; null when there is no end or it has passed. */
export function timeLeft({ paymentExpiresAt, now }: MessageFacts): string | null {
  if (paymentExpiresAt === null) return null;
  const minutes = Math.floor((paymentExpiresAt.getTime() - now.getTime()) / 60_000);
  if (minutes < 1) return null;
  return minutes >= 60 ? `${Math.floor(minutes / 60)}h` : `${minutes} min`;
}

const MORE_ITEMS: Readonly<Record<MessageLocale, (count: number) => string>> = {
  fr: (count) => (count === 1 ? '… et 1 autre article' : `… et ${count} autres articles`),
  en: (count) => (count === 1 ? '… and 1 more item' : `… and ${count} more items`),
};

/**
 * Writes a text around the cart, each item as `1. BRAND MODEL` and, below it, `   2x 129,95 €`. The
 * last items are only counted when the limit leaves no room for them.
 */
export function withCart(
  facts: MessageFacts,
  locale: MessageLocale,
  write: (cart: readonly string[]) => string,
): string {
  const items = facts.items.map(({ brand, model, quantity, unitAmount }, index) => {
    const price = formatAmount(unitAmount, facts.currency, locale);
    return `${index + 1}. ${brand} ${model}\n   ${quantity}x ${price}`;
  });
  const whole = write(items);
  if (whole.length <= MAX_TEXT_LENGTH) return whole;
  const room = MAX_TEXT_LENGTH - write([]).length;
  let cart = items;
  for (let shown = items.length - 1; shown >= 0 && lengthOf(cart) > room; shown -= 1) {
    cart = [...items.slice(0, shown), MORE_ITEMS[locale](items.length - shown)];
  }
  return write(cart);
}

/** Each line with the break that ends it. */
const lengthOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + line.length + 1, 0);
