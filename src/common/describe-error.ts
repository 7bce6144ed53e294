import { DomainError } from './domain-error.js';
import { redactText } from './redact.js';

/** What may be logged of an error. */
export interface ErrorSummary {
  readonly name: string;
  /** PostgreSQL's, Node's or a provider's. */
  readonly code?: string;
  /** Absent where it may repeat data, as the messages of PostgreSQL, of parsers and of SDKs do. */
  readonly message?: string;
  readonly constraint?: string;
  readonly table?: string;
  /** Frames only: the header line would repeat the message. */
  readonly stack?: string;
  readonly cause?: ErrorSummary;
}

const MAX_FRAMES = 12;
const MAX_CAUSES = 3;

/** What V8 says of our code; its other messages may quote a value. */
const RUNTIME_MESSAGE =
  /^(?:Cannot (?:read|set) properties of (?:undefined|null)(?: \((?:reading|setting) '[\w$]*'\))?|[\w$.]+ is not (?:defined|a function|a constructor|iterable)|Invalid (?:URL|time value)|fetch failed)$/;

/** Quoted text, an apostrophe inside a word aside. */
const QUOTED = /(?<!\w)(["'`])(?:(?!\1).)*\1/gs;

/**
 * Summarises anything thrown without the caller's data: no SQL parameters, no row, no body, and a
 * message only where it cannot hold any. Errors of our own keep theirs when they extend DomainError,
 * whose messages promise to hold no personal data, or when they are a plain Error.
 */
export function describeError(error: unknown, depth = 0): ErrorSummary {
  if (!(error instanceof Error)) return { name: `Thrown ${typeof error}` };
  const details: Readonly<Record<string, unknown>> = { ...error };
  const message = messageOf(error, details);
  const stack = framesOf(error);
  return {
    name: error.name,
    ...identifier('code', details['code']),
    ...(message && { message }),
    ...identifier('constraint', details['constraint']),
    ...identifier('table', details['table']),
    ...(stack && { stack }),
    ...(error.cause instanceof Error &&
      depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) }),
  };
}

function messageOf(error: Error, details: Readonly<Record<string, unknown>>): string | undefined {
  if (error instanceof DomainError) return redactText(error.message);
  if (RUNTIME_MESSAGE.test(error.message)) return error.message;
  const isOfTheSystem = typeof details['syscall'] === 'string';
  if (!isOfTheSystem && error.constructor !== Error && !isOfNest(error)) return undefined;
  return redactText(isOfNest(error) ? error.message : error.message.replace(QUOTED, '$1…$1'));
}

/** Nest's complaints about how the application is put together, thrown before any request. */
function isOfNest(error: Error): boolean {
  for (let type: unknown = error.constructor; typeof type === 'function';) {
    if (type.name === 'RuntimeException') return true;
    type = Object.getPrototypeOf(type);
  }
  return false;
}

/** The first frames of a stack, without the message that heads it. */
export function framesOf({ message, stack = '' }: Pick<Error, 'message' | 'stack'>): string {
  const frames = stack
    .replace(message, '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
  return frames.slice(0, MAX_FRAMES).join('\n');
}

function identifier(key: string, value: unknown): Readonly<Record<string, string>> {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[\w.:-]{1,80}$/.test(text) ? { [key]: text } : {};
}
