// As Stripe counts its minor units (docs.stripe.com/currencies), which is not always as Intl does.
const WHOLE_UNITS = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ');
const THOUSANDTHS = 'bhd jod kwd omr tnd'.split(' ');

/** Digits after the decimal point, by lower-case ISO 4217 code; two where a currency is not listed. */
const FRACTION_DIGITS: ReadonlyMap<string, number> = new Map([
  ...WHOLE_UNITS.map((currency) => [currency, 0] as const),
  ...THOUSANDTHS.map((currency) => [currency, 3] as const),
]);

/** Lower-case ISO 4217 codes. */
export const CURRENCIES: readonly string[] = Intl.supportedValuesOf('currency').map((code) =>
  code.toLowerCase(),
);

/** Stripe's own bounds for a charge in euro, in minor units (docs.stripe.com/currencies). */
export const MINIMUM_CHARGE_AMOUNT = 50;
export const MAXIMUM_CHARGE_AMOUNT = 99_999_999;

export const fractionDigits = (currency: string): number => FRACTION_DIGITS.get(currency) ?? 2;

/** Building one costs a hundred times what using it does, and a long cart has many amounts. */
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string, locale: string): Intl.NumberFormat {
  const key = `${locale}:${currency}`;
  const digits = fractionDigits(currency);
  const format =
    formats.get(key) ??
    new Intl.NumberFormat(locale === 'en' ? 'en-IE' : 'fr-FR', {
      style: 'currency',
      currency: currency.toUpperCase(),
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  formats.set(key, format);
  return format;
}

/** `25990`, `eur`, `fr` gives `259,90 €`; in English `€259.90`. The amount is in minor units. */
export function formatAmount(amount: number, currency: string, locale: string): string {
  const formatted = formatOf(currency, locale).format(amount / 10 ** fractionDigits(currency));
  // Intl writes no-break spaces, which some phones show as a box: a plain space reads the same.
  return formatted.replace(/[\u00a0\u202f]/g, ' ');
}
