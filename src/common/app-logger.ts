import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Level, type Logger, pino } from 'pino';
import { describeError, framesOf } from './describe-error.js';
import { membersOf, redactMember, redactText } from './redact.js';

/** Members every line has of its own, or every object: a caller's field of that name is dropped. */
const OWN_MEMBERS = new Set(['level', 'time', 'context', 'err', 'stack', '__proto__']);

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
      timestamp: isoTime,
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
    // One object a line, filled as it will be written: hot roads write two lines a request.
    const line: Line = {};
    if (context !== undefined) line['context'] = context;
    addMessage(line, message);
    if (stack !== undefined) line['stack'] = framesOf({ message: '', stack });
    if (error !== undefined) line['error'] = describeError(error);
    this.lines[level](line);
  }
}

let second = Number.NaN;
let upToSecond = '';

/** As pino's own, which works the date out anew for each of the many lines of one second. */
function isoTime(): string {
  const now = Date.now();
  const milliseconds = now % 1_000;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    upToSecond = new Date(second).toISOString().slice(0, -4);
  }
  return `,"time":"${upToSecond}${String(milliseconds).padStart(3, '0')}Z"`;
}

type Line = Record<string, unknown>;

const isStack = (text: string): boolean => text.includes('\n') && /\n\s+at /.test(text);

function addMessage(line: Line, message: unknown): void {
  if (message instanceof Error) {
    line['event'] = 'error';
    line['msg'] = message.name;
    line['error'] = describeError(message);
  } else if (typeof message !== 'object' || message === null) {
    line['event'] = 'log';
    line['msg'] = redactText(String(message));
  } else {
    line['event'] = 'log';
    for (const [key, value] of membersOf(message)) {
      if (OWN_MEMBERS.has(key)) continue;
      line[key] = redactMember(key, value instanceof Error ? describeError(value) : value);
    }
  }
}
