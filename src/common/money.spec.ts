import { describe, expect, it } from 'vitest';
import {
  formatAmount,
  fractionDigits,
  MAXIMUM_CHARGE_AMOUNT,
  MINIMUM_CHARGE_AMOUNT,
} from './money.js';

describe('formatAmount', () => {
  it.each([
    [25_990, 'eur', 'fr', '259,90 €'],
    [25_990, 'eur', 'en', '€259.90'],
    [1, 'eur', 'fr', '0,01 €'],
    [100, 'eur', 'fr', '1,00 €'],
    [0, 'eur', 'fr', '0,00 €'],
    [123_456_789, 'eur', 'fr', '1 234 567,89 €'],
    [123_456_789, 'eur', 'en', '€1,234,567.89'],
    [1_999 * 3, 'eur', 'fr', '59,97 €'],
    [1_999 * 3, 'eur', 'en', '€59.97'],
    [12_000, 'xpf', 'fr', '12 000 FCFP'],
    [12_000, 'xpf', 'en', 'CFPF 12,000'],
    [1_500, 'jpy', 'fr', '1 500 JPY'],
    [1_500, 'chf', 'fr', '15,00 CHF'],
    [12_345, 'kwd', 'fr', '12,345 KWD'],
  ])('writes %i %s for %s as %s', (amount, currency, locale, text) => {
    expect(formatAmount(amount, currency, locale)).toBe(text);
  });

  it('writes French for any language but English', () => {
    expect(formatAmount(100, 'eur', 'es')).toBe(formatAmount(100, 'eur', 'fr'));
  });

  it('uses no space that a phone may show as a box', () => {
    for (const locale of ['fr', 'en']) {
      for (const currency of ['eur', 'xpf', 'jpy', 'usd', 'chf']) {
        expect(formatAmount(123_456_789, currency, locale)).not.toMatch(/[^\S ]/);
      }
    }
  });

  it('keeps every minor unit of every amount that can be charged', () => {
    for (const amount of [MINIMUM_CHARGE_AMOUNT, 1_999, 4_999_995, MAXIMUM_CHARGE_AMOUNT]) {
      const digits = formatAmount(amount, 'eur', 'fr').replace(/\D/g, '');
      expect(Number(digits)).toBe(amount);
    }
  });
});

describe('fractionDigits', () => {
  // docs.stripe.com/currencies: amounts of these are whole units.
  it.each([
    ...['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv'],
    ...['xaf', 'xof', 'xpf'],
  ])('are none for %s', (currency) => {
    expect(fractionDigits(currency)).toBe(0);
  });

  it.each(['bhd', 'jod', 'kwd', 'omr', 'tnd'])('are three for %s', (currency) => {
    expect(fractionDigits(currency)).toBe(3);
  });

  it.each(['eur', 'usd', 'gbp', 'chf', 'cad', 'mad'])('are two for %s', (currency) => {
    expect(fractionDigits(currency)).toBe(2);
  });
});
