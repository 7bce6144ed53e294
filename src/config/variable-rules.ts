import { isIP } from 'node:net';
import { isCronExpression } from './cron-expression.js';
import { reminderStepMinutes } from './reminder-steps.js';

/** Whether the text of one variable can be used; none of them throws. */
export type VariableRule = (text: string) => boolean;

const matches =
  (pattern: RegExp): VariableRule =>
  (text) =>
    pattern.test(text);

export const oneOf =
  (...words: readonly string[]): VariableRule =>
  (text) =>
    words.includes(text);

export const wholeNumber =
  (low: number, high: number): VariableRule =>
  (text) =>
    /^\d{1,6}$/.test(text) && Number(text) >= low && Number(text) <= high;

/** As above, or 0. */
export const wholeNumberOrZero =
  (low: number, high: number): VariableRule =>
  (text) =>
    text === '0' || wholeNumber(low, high)(text);

/** Comma separated, each of them as the rule says; a stray comma is an empty one. */
export const listOf =
  (rule: VariableRule): VariableRule =>
  (text) =>
    text.split(',').every(rule);

export const line = matches(/^[^\p{Cc}\u2028\u2029]{1,200}$/u);
export const hostName = matches(/^[\w.:-]+$/);
export const stripeSecretKey = matches(/^[sr]k_(?:test|live)_[\x21-\x7e]+$/);
export const stripePublishableKey = matches(/^pk_(?:test|live)_[\x21-\x7e]+$/);
export const stripeWebhookSecret = matches(/^whsec_[\x21-\x7e]+$/);
export const paymentMethod = matches(/^[a-z][a-z0-9_]*$/);
export const twilioAccountSid = matches(/^AC[0-9a-fA-F]{32}$/);
export const whatsappSender = matches(/^whatsapp:\+[1-9]\d{6,14}$/);
/** E.164, a short code, or a name of at most 11 characters (twilio.com/docs/glossary/what-alphanumeric-sender-id). */
export const smsSender = matches(/^(?:\+[1-9]\d{6,14}|[A-Za-z0-9 ]{3,11})$/);
/** Printable ASCII without a space: a secret pasted with a line end could never match. */
export const secret = matches(/^[\x21-\x7e]+$/);
export const longSecret = matches(/^[\x21-\x7e]{32,}$/);
export const mailSender = matches(/^(?:[^<>@\p{Cc}]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u);

/** An IP address, alone or with the length of a network's prefix. */
export const network: VariableRule = (text) => {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return length === undefined || wholeNumber(1, version === 4 ? 32 : 128)(length);
};

export const cronExpression: VariableRule = isCronExpression;
export const reminderSteps: VariableRule = (text) => reminderStepMinutes(text) !== null;

export const timeZone: VariableRule = (text) => {
  try {
    // Newer Node versions also take an offset, which knows no daylight saving time.
    return /^[A-Za-z]/.test(text) && Intl.DateTimeFormat('en', { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
};

/** An absolute URL of one of the protocols (`https`), without spaces. */
export const urlOf =
  (...protocols: readonly string[]): VariableRule =>
  (text) =>
    !/\s/.test(text) &&
    URL.canParse(text) &&
    protocols.includes(new URL(text).protocol.slice(0, -1));

/** A base that paths are added to: no credentials, no query, no fragment. */
export const baseUrl: VariableRule = (text) =>
  urlOf('http', 'https')(text) && !/[?#@]/.test(text) && new URL(text).hostname !== '';

/** A base URL without a path either. */
export const origin: VariableRule = (text) => baseUrl(text) && new URL(text).pathname === '/';
