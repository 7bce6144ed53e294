import { parsePhoneNumber } from '../common/phone-number.js';

/** What a search may find in a phone number; without the 0 (or 00) that E.164 does not have. */
export const phoneDigits = (words: string): string =>
  parsePhoneNumber(words) ??
  (/^[\d +.-]+$/.test(words) ? words.replace(/\D/g, '').replace(/^0{1,2}(?=[1-9])/, '') : '');

/** A LIKE pattern of the words themselves: `%` and `_` of the caller stand for themselves. */
export const containing = (words: string): string => `%${words.replace(/[\\%_]/g, '\\$&')}%`;
