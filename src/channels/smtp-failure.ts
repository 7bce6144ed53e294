import type { SendOutcome } from './channel.js';
import type { SmtpSendError } from './smtp.transport.js';

/** An e-mail that was not accepted, and whether a person must hear of it. */
export interface SmtpFailure {
  readonly outcome: Exclude<SendOutcome, { result: 'accepted' }>;
  readonly needsOperator: boolean;
}

/** The codes nodemailer gives to what the server, or it itself, refuses in this one message. */
const ABOUT_THE_MESSAGE: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE', 'EMAXRECIPIENTS']);
/** The codes of a server that will not talk to us at all. */
const ABOUT_US: ReadonlySet<string> = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2', 'ECONFIG', 'ETLS']);

/**
 * Reads a failed sending by RFC 5321: a 5yz reply to the message is final (but 503, which is about
 * the session), a 4yz reply means later, and silence after the content left proves nothing. A
 * refusal of our connection or credentials says nothing about the message: it may leave later.
 */
export function smtpFailureOf({ cause, contentStarted }: SmtpSendError): SmtpFailure {
  const { code, responseCode } = fieldsOf(cause);
  const errorCode = responseCode === null ? code : `smtp_${responseCode}`;
  const fail = (result: SmtpFailure['outcome']['result'], needsOperator = false): SmtpFailure => ({
    outcome: { result, errorCode },
    needsOperator,
  });

  if (responseCode !== null && responseCode >= 400) {
    const permanent = responseCode >= 500 && responseCode !== 503;
    if (permanent && ABOUT_THE_MESSAGE.has(code)) return fail('rejected');
    return fail('try_later', permanent || ABOUT_US.has(code));
  }
  if (contentStarted) return fail('ambiguous');
  if (ABOUT_THE_MESSAGE.has(code)) return fail('rejected');
  return fail('try_later', ABOUT_US.has(code));
}

function fieldsOf(cause: unknown): { code: string; responseCode: number | null } {
  const fields = typeof cause === 'object' && cause !== null ? cause : {};
  return {
    code: 'code' in fields && typeof fields.code === 'string' ? fields.code : 'smtp_error',
    responseCode:
      'responseCode' in fields && typeof fields.responseCode === 'number'
        ? fields.responseCode
        : null,
  };
}
