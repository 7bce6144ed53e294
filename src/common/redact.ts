/** Ends of keys whose value is never shown (`customerEmail`, `paymentUrl`), without case or separators. */
const SECRET_ENDING =
  /(?:authorization|cookie|secret|password|token|apikey|signature|email|phone|phonenumber|firstname|lastname|fullname|customername|recipient|url|address)$/;

/** Keys that hold somebody's whole message. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'html',
  'text',
  'body',
  'payload',
  'parameters',
  'query',
  'headers',
]);

const REDACTED = '[redacted]';
const MAX_TEXT_LENGTH = 2_000;
const MAX_DEPTH = 5;
const MAX_ENTRIES = 50;

/**
 * What a text must not show, with what takes its place. Each is looked for only where its first word,
 * which is quick to find, stands.
 */
const SECRET_TEXTS: readonly (readonly [string, RegExp, string])[] = [
  ['k_', /\b(?:sk|rk|pk)_(?:live|test)_\w+/g, REDACTED],
  ['whsec_', /\bwhsec_\w+/g, REDACTED],
  ['earer ', /\bBearer\s+\S+/gi, `Bearer ${REDACTED}`],
  ['Basic ', /\bBasic\s+[\w+/=]{8,}/g, `Basic ${REDACTED}`],
  // Credentials of a connection string.
  ['://', /(\w+:\/\/)[^\s/@]*:[^\s/@]*@/g, '$1'],
  // Payment pages, and our own links whose last part is a token.
  ['://', /https?:\/\/checkout\.stripe\.com\S*/g, REDACTED],
  ['/', /\/(p|q|pay)\/[^\s"'/?]{6,}/g, `/$1/${REDACTED}`],
  ['@', /[^\s@<>"'(),:;/]{1,64}@[^\s@<>"'(),:;/]{1,255}\.[a-z]{2,}/gi, '[e-mail]'],
  ['+', /\+\d(?:[ .-]?\d){7,14}/g, '[phone]'],
  ['0', /\b0[1-9](?:[ .-]?\d{2}){4}\b/g, '[phone]'],
];

/** Any of the first words: most texts of a log have none. */
const SUSPICIOUS = new RegExp(
  SECRET_TEXTS.map(([word]) => word.replace(/[+/]/g, String.raw`\$&`)).join('|'),
);

/** A text without keys, addresses, phone numbers or payment links, and of bounded length. */
export function redactText(text: string): string {
  const bounded = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  if (!SUSPICIOUS.test(bounded)) return bounded;
  return SECRET_TEXTS.reduce(
    (kept, [word, secret, mask]) => (kept.includes(word) ? kept.replace(secret, mask) : kept),
    bounded,
  );
}

const MAX_KNOWN_KEYS = 1_000;
const knownKeys = new Map<string, boolean>();

/** Whether a value under this key stays out of the logs whatever it is. */
function isSecretKey(key: string): boolean {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const plain = key.replace(/[^a-z0-9]/gi, '').toLowerCase();
  const isSecret = SECRET_ENDING.test(plain) || SECRET_NAMES.has(plain);
  if (knownKeys.size < MAX_KNOWN_KEYS) knownKeys.set(key, isSecret);
  return isSecret;
}

/**
 * A copy fit for a log line, as the second line of defence: the first is that nobody hands the logs
 * a secret. Secret keys are masked, texts redacted, depth and breadth bounded.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (depth >= MAX_DEPTH || ArrayBuffer.isView(value)) return '[omitted]';
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ENTRIES).map((entry) => redact(entry, depth + 1));
  }
  return Object.fromEntries(
    membersOf(value).map(([key, entry]) => [key, redactMember(key, entry, depth + 1)]),
  );
}

/** The same for a member of an object, whose key may say that nobody should see it. */
export const redactMember = (key: string, value: unknown, depth = 0): unknown =>
  isSecretKey(key) ? REDACTED : redact(value, depth);

/** As many as a line can hold. */
export function membersOf(fields: object): [key: string, value: unknown][] {
  const members = Object.entries(fields as Readonly<Record<string, unknown>>);
  return members.length > MAX_ENTRIES ? members.slice(0, MAX_ENTRIES) : members;
}
