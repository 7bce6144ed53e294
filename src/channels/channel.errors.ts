import { classifyTwilioError, needsOperator } from './twilio-error-codes.js';

/**
 * What a failure says of the person it was meant for.
 * - `number_flagged`: this number can never be reached on this channel.
 * - `opted_out`: the person asked, on their phone, not to be written to on this channel.
 */
export type RecipientVerdict = 'number_flagged' | 'opted_out';

/**
 * What a failure says beyond its own message.
 * - `daily_limit`: the provider takes no more from this sender for a day.
 * - `provider_down`: it did not answer, or not as itself: the next message would fare no better.
 * - `message`: nothing; the next one may well be taken.
 */
export type Verdict = RecipientVerdict | 'daily_limit' | 'provider_down' | 'message';

/**
 * Not all that is `permanent_number`: a filtered text (30007) and a suspected fraud (30450) say
 * nothing of the number. 63003 and 63024 are WhatsApp's word that nobody has it there.
 */
const FLAGS_NUMBER: ReadonlySet<number> = new Set([
  21211, 21217, 21401, 21612, 21614, 30004, 30005, 30006, 63003, 63024,
]);
/** The sender's (63018) and the account's (63038) number of messages a day is used up. */
const DAILY_LIMIT: ReadonlySet<number> = new Set([63018, 63038]);
/** Twilio's own failure, and a key or an account it does not take: true of every message alike. */
const DOWN: ReadonlySet<number> = new Set([20003, 20005, 20500, 20503]);
/** The image could not be fetched from us; a later message carries a fresh address of it. */
const MEDIA_NOT_FETCHED: ReadonlySet<number> = new Set([11200, 11205, 63019]);

/** Names of the network, of its silence, of a mail server that closes, and of a refused login. */
const DOWN_WORDS =
  /^(?:E[A-Z0-9_]+|http_(?:5\d\d|40[1378])|smtp_(?:421|503|53\d|error)|no_usable_answer|lookup_failed)$/;
/** nodemailer's codes of one message's own fault. */
const ABOUT_THE_MESSAGE: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE', 'EMAXRECIPIENTS']);

/** Reads an error code as a failed attempt, or a status callback, has left it. */
export function verdictOf(errorCode: string): Verdict {
  const code = Number(errorCode);
  if (Number.isNaN(code)) {
    return DOWN_WORDS.test(errorCode) && !ABOUT_THE_MESSAGE.has(errorCode)
      ? 'provider_down'
      : 'message';
  }
  if (classifyTwilioError(code) === 'opt_out') return 'opted_out';
  if (FLAGS_NUMBER.has(code)) return 'number_flagged';
  if (DAILY_LIMIT.has(code)) return 'daily_limit';
  return DOWN.has(code) ? 'provider_down' : 'message';
}

/** Whether the code is the provider's own word, which it can only say when it is there. */
export const isProvidersWord = (errorCode: string): boolean =>
  /^(?:smtp_|http_)?\d+$/.test(errorCode);

/** Whether a message that was taken and then not delivered may be sent once more, after a pause. */
export function mayBeSentAgain(errorCode: string): boolean {
  const code = Number(errorCode);
  return MEDIA_NOT_FETCHED.has(code) || classifyTwilioError(code) === 'try_later';
}

/** Whether only a person can mend what the provider complains of. */
export function needsOperatorFor(errorCode: string): boolean {
  const errorClass = classifyTwilioError(Number(errorCode));
  return errorClass !== null && needsOperator(errorClass);
}
