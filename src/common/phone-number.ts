import parsePhoneNumberFromString, {
  type CountryCode,
  type NumberType,
  type PhoneNumber,
} from 'libphonenumber-js/max';

/** Whose numbers the shop sends messages to; a list, so that nobody makes it pay for calls elsewhere. */
export const ALLOWED_COUNTRIES: readonly CountryCode[] = [
  'GP',
  'MQ',
  'GF',
  'RE',
  'YT',
  'BL',
  'MF',
  'FR',
];

/** Kinds of lines a person answers; premium rate, shared cost, pagers and the like are refused. */
const ALLOWED_TYPES: ReadonlySet<NumberType> = new Set<NumberType>([
  'MOBILE',
  'FIXED_LINE',
  'FIXED_LINE_OR_MOBILE',
  'VOIP',
]);

/** National prefixes of the French numbering plan (arcep.fr), the longest first. */
const NATIONAL_PREFIXES: readonly (readonly [RegExp, CountryCode])[] = [
  [/^0(?:590|690|691|976)/, 'GP'],
  [/^0(?:596|696|697)/, 'MQ'],
  [/^0(?:594|694)/, 'GF'],
  [/^0(?:269|639)/, 'YT'],
  [/^0(?:262|692|693)/, 'RE'],
  [/^0[1-79]/, 'FR'],
];

/**
 * Overseas mobile ranges of the same plan. The metadata lists the blocks assigned on its own
 * release day and so refuses the customer who holds a newer one.
 */
const OVERSEAS_MOBILE = /^\+(?:590690|590691|596696|596697|594694|262639|262692|262693)[0-9]{6}$/;

/** One number in ASCII digits; 20 characters hold the longest one with its separators. */
const WRITTEN_FORM = /^ *(?:\+|0)[0-9 .-]{5,18}$/;

/**
 * E.164 of a number written as E.164, with `00`, or in the national form of Guadeloupe, Martinique,
 * Guyane, Réunion, Mayotte or mainland France. Null for anything that is not one such number.
 */
export function parsePhoneNumber(input: string): string | null {
  if (input.length > 20 || !WRITTEN_FORM.test(input)) return null;
  const compact = input.replace(/[ .-]/g, '');
  const international = compact.replace(/^00/, '+');
  // Most of the shop's customers, of whose numbers the metadata has no say anyway.
  if (OVERSEAS_MOBILE.test(international)) return international;
  const number = international.startsWith('0')
    ? parseNational(international)
    : parsePhoneNumberFromString(international);
  return number && isAllowed(number) ? number.number : null;
}

/** `+590690123456` gives `+590 ••• 56`: enough for a clerk to recognise it, too little to call it. */
export function maskPhone(phoneNumber: string): string {
  const end = /[0-9]{2}$/.exec(phoneNumber)?.[0] ?? '';
  const number = parsePhoneNumberFromString(phoneNumber);
  return number ? `+${number.countryCallingCode} ••• ${end}` : `••• ${end}`.trimEnd();
}

function parseNational(digits: string): PhoneNumber | undefined {
  const country = NATIONAL_PREFIXES.find(([prefix]) => prefix.test(digits))?.[1];
  return country && parsePhoneNumberFromString(digits, country);
}

function isAllowed(number: PhoneNumber): boolean {
  if (OVERSEAS_MOBILE.test(number.number)) return true;
  const type = number.getType();
  return (
    number.isValid() &&
    number.country !== undefined &&
    ALLOWED_COUNTRIES.includes(number.country) &&
    type !== undefined &&
    ALLOWED_TYPES.has(type)
  );
}
