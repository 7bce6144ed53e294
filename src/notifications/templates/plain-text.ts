import type { MessageFacts } from './message-template.js';

const NAME_LENGTH = 60;
const PRODUCT_LENGTH = 120;

/** Nothing to see: format characters, reading-direction marks, filler letters, the blank of Braille. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const FULL_WIDTH = /[\uff01-\uff5e]/g;
const FULL_WIDTH_OFFSET = 0xfee0;
/** Most names: there is nothing in them to make plain. */
const PLAIN_ALREADY = /^[a-z0-9]+(?:[ /-][a-z0-9]+)*$/i;

/**
 * What a customer or a supplier typed, made safe to stand inside our sentences: one line, nothing
 * invisible or turning the reading direction, no WhatsApp markdown, no template braces, nothing a
 * phone would make a link of. Cut at `maxLength` characters.
 */
export function plainText(value: string, maxLength: number): string {
  if (value.length <= maxLength && PLAIN_ALREADY.test(value)) return value;
  const cleaned = value
    .normalize('NFC')
    .replace(FULL_WIDTH, (wide) => String.fromCharCode(wide.charCodeAt(0) - FULL_WIDTH_OFFSET))
    .replace(/[\u2024\u3002\uff61]/g, '.')
    .replace(INVISIBLE, '')
    .replace(/[\p{C}\p{Z}]/gu, ' ')
    // Stacked accents that would run over the lines around them.
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/[*_~`{}]/g, ' ')
    .replace(/:\/\//g, ' ')
    .replace(/\bwww\./gi, '')
    // `shop.example` is a link on a phone, `shop. example` and `205.55` are not.
    .replace(/\.(?=\p{L})/gu, '. ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(cleaned);
  return characters.length <= maxLength
    ? cleaned
    : `${characters
        .slice(0, maxLength - 1)
        .join('')
        .trimEnd()}…`;
}

/** The same facts with every word that is not ours made plain. */
export function withPlainText(facts: MessageFacts): MessageFacts {
  return {
    ...facts,
    firstName: facts.firstName === null ? null : plainText(facts.firstName, NAME_LENGTH) || null,
    items: facts.items.map((item) => ({ ...item, ...plainProduct(item.brand, item.model) })),
    emailSentTo: plainAddress(facts.emailSentTo),
  };
}

/** Brand and model share one line, so they share its length. */
function plainProduct(brand: string, model: string): { brand: string; model: string } {
  const plainBrand = plainText(brand, NAME_LENGTH);
  const room = Math.max(1, PRODUCT_LENGTH - Array.from(plainBrand).length - 1);
  return { brand: plainBrand, model: plainText(model, room) };
}

/** An address that could read as anything else is not repeated at all. */
const plainAddress = (address: string | null): string | null =>
  address !== null && /^[\w.+-]{1,64}@[a-z\d.-]{1,189}$/i.test(address) ? address : null;
