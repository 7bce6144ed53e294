import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Level, type Logger, pino } from 'pino';
import { describeError, framesOf } from './describe-error.js';
import { redactFields, redactText } from './redact.js';

/** Members every line has of its own: a caller's field of that name is dropped. */
const OWN_MEMBERS = new Set(['level', 'time', 'context', 'err', 'stack']);

/** Where Nest tells each module and route it has wired: of interest to whoever debugs a start only. */
const BOOT_CONTEXTS = new Set(['InstanceLoader', 'RouterExplorer', 'RoutesResolver']);

/**
 * The application's log: one JSON object a line, `{level, time, context, event, msg, …ids}`, with
 * `time` in ISO 8601 UTC. Everything written with Nest's `Logger` ends here, for example
 * `logger.log({ event: 'order_placed', msg: 'Order placed', orderId })`. A plain text, as Nest's own
 * lines are, becomes `msg` under the event `log`. JSON escapes control characters, so no value can
 * start a line of its own.
 */
export class AppLogger implements LoggerService {
  private constructor(private readonly lines: Logger) {}

  /**
   * Writes to stdout unless told otherwise, and synchronously: a crash loses no line. `level` is one
   * of pino's, or `silent`.
   */
  static create(level: string, destination?: DestinationStream): AppLogger {
    const options = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    return new AppLogger(pino(options, destination ?? pino.destination({ fd: 1, sync: true })));
  }

  log(message: unknown, ...rest: unknown[]): void {
    const isBoot = BOOT_CONTEXTS.has(String(rest.at(-1)));
    this.write(isBoot ? 'debug' : 'info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  /** Also takes Nest's `(message, stack, context)`; of a stack only the frames are kept. */
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.lines.isLevelEnabled(level)) return;
    let context: string | undefined;
    let stack: string | undefined;
    let error: Error | undefined;
    for (const extra of rest) {
      if (extra instanceof Error) error ??= extra;
      else if (typeof extra !== 'string') continue;
      else if (isStack(extra)) stack ??= extra;
      else context = extra;
    }
    this.lines[level]({
      ...(context !== undefined && { context }),
      ...fieldsOf(message),
      ...(stack !== undefined && { stack: framesOf({ message: '', stack }) }),
      ...(error !== undefined && { error: describeError(error) }),
    });
  }
}

const isStack = (text: string): boolean => text.includes('\n') && /\n\s+at /.test(text);

function fieldsOf(message: unknown): Record<string, unknown> {
  if (message instanceof Error) {
    return { event: 'error', msg: message.name, error: describeError(message) };
  }
  if (typeof message !== 'object' || message === null) {
    return { event: 'log', msg: redactText(String(message)) };
  }
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries<unknown>({ ...message })) {
    if (OWN_MEMBERS.has(key)) continue;
    fields[key] = value instanceof Error ? describeError(value) : value;
  }
  return { event: 'log', ...redactFields(fields) };
}
