import type { SendOutcome } from './channel.js';
import {
  classifyTwilioError,
  needsOperator,
  RESULT_BY_CLASS,
  type TwilioErrorClass,
} from './twilio-error-codes.js';

/** A send that Twilio did not accept, and whether a person must hear of it. */
export interface TwilioFailure {
  readonly outcome: Exclude<SendOutcome, { result: 'accepted' }>;
  readonly needsOperator: boolean;
}

/** The connection was never made, so the request cannot have left. */
const NEVER_LEFT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Reads what the SDK threw: its own exceptions carry `status`, the network's only a `code`. */
export function failureOf(error: unknown): TwilioFailure {
  const { status, code } = fieldsOf(error);
  return status === null ? networkFailure(error, code) : refusal(status, code);
}

/** Twilio itself says that there is no such thing (20404), not some proxy before it. */
export function isNotFound(error: unknown): boolean {
  const { status, code } = fieldsOf(error);
  return status === 404 && code === 20404;
}

function networkFailure(error: unknown, code: unknown): TwilioFailure {
  const errorCode = typeof code === 'string' ? code : 'no_usable_answer';
  const neverLeft = NEVER_LEFT.has(errorCode) || failedToConnect(error);
  return {
    outcome: { result: neverLeft ? 'try_later' : 'ambiguous', errorCode },
    needsOperator: false,
  };
}

/** An answer of 5xx, or one that is no refusal at all, leaves open whether a message was made. */
function refusal(status: number, code: unknown): TwilioFailure {
  const errorCode = typeof code === 'number' ? String(code) : `http_${status}`;
  if (status === 429) {
    return { outcome: { result: 'try_later', errorCode }, needsOperator: false };
  }
  if (status < 400 || status >= 500 || status === 408) {
    return { outcome: { result: 'ambiguous', errorCode }, needsOperator: false };
  }
  const errorClass = (typeof code === 'number' && classifyTwilioError(code)) || classOf(status);
  return {
    outcome: { result: RESULT_BY_CLASS[errorClass], errorCode },
    needsOperator: needsOperator(errorClass),
  };
}

/** For a refusal without a code we know: a wrong key or a wrong account, else a wrong request. */
const classOf = (status: number): TwilioErrorClass =>
  [401, 403, 404, 407].includes(status) ? 'operator_alarm' : 'our_bug';

function fieldsOf(error: unknown): { status: number | null; code: unknown } {
  if (typeof error !== 'object' || error === null) return { status: null, code: null };
  const status = 'status' in error && typeof error.status === 'number' ? error.status : null;
  return { status, code: 'code' in error ? error.code : null };
}

function failedToConnect(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return typeof cause === 'object' && cause !== null && 'syscall' in cause
    ? cause.syscall === 'connect'
    : false;
}
