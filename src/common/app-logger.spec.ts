import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppLogger } from './app-logger.js';

let written = '';
const destination = { write: (line: string) => void (written += line) };
const lines = () =>
  written
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeEach(() => {
  written = '';
  Logger.overrideLogger(AppLogger.create('trace', destination));
});
afterEach(() => Logger.overrideLogger(['error']));

describe('AppLogger', () => {
  it('writes the fields of a Nest logger as one JSON object a line', () => {
    new Logger('Orders').log({ event: 'order_placed', orderId: 'o-1', msg: 'Order placed', n: 2 });
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        context: 'Orders',
        event: 'order_placed',
        orderId: 'o-1',
        msg: 'Order placed',
        n: 2,
      },
    ]);
  });

  it('writes the time of each line to the millisecond, also when the clock goes back', () => {
    const instants = [
      '2026-11-25T23:59:59.007Z',
      '2026-11-25T23:59:59.999Z',
      '2026-11-26T00:00:00.000Z',
      '2026-11-25T23:59:58.050Z',
    ];
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const instant of instants) {
      vi.setSystemTime(new Date(instant));
      new Logger('X').log('text');
    }
    vi.useRealTimers();
    expect(lines().map(({ time }) => time)).toEqual(instants);
  });

  it('writes no more members than a person reads, and none that is a prototype', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_none, at) => [`m${at}`, at]));
    new Logger('X').log({ event: 'wide', inner: many });
    new Logger('X').log(JSON.parse('{"event":"odd","__proto__":{"level":"fatal"},"n":1}'));
    const [wide, odd] = lines();
    expect(Object.keys(wide!['inner'] as object)).toHaveLength(50);
    expect(odd).toMatchObject({ level: 'info', event: 'odd', n: 1 });
  });

  it('writes a plain text as msg', () => {
    new Logger('NestFactory').log('Starting…');
    expect(lines()[0]).toMatchObject({ context: 'NestFactory', event: 'log', msg: 'Starting…' });
  });

  it.each([
    ['log', 'info'],
    ['warn', 'warn'],
    ['error', 'error'],
    ['fatal', 'fatal'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
  ] as const)('writes %s at level %s', (method, level) => {
    new Logger('X')[method]('text');
    expect(lines()[0]).toMatchObject({ level, context: 'X', msg: 'text' });
  });

  it('writes nothing below its level', () => {
    AppLogger.create('warn', destination).log({ event: 'quiet' });
    AppLogger.create('silent', destination).fatal({ event: 'quiet' });
    expect(written).toBe('');
  });

  it('keeps a hostile value inside its line', () => {
    const name = 'a\r\n{"level":"fatal"}\u001b[31m\u2028\u0000';
    new Logger('X').warn({ event: 'odd', msg: name, value: name });
    expect(written.trimEnd().split('\n')).toHaveLength(1);
    expect(written).not.toContain('\u001b');
    expect(lines()[0]).toMatchObject({ msg: name, value: name });
  });

  it('does not let a field pose as the line itself', () => {
    new Logger('X').log({ event: 'e', level: 'fatal', time: 'never', context: 'Y', msg: 'm' });
    expect(written.match(/"level"/g)).toHaveLength(1);
    expect(lines()[0]).toMatchObject({ level: 'info', context: 'X' });
  });

  it('summarises errors, wherever they stand', () => {
    const error = new Error('connection of aline@canary.example lost');
    const logger = new Logger('X');
    logger.error(error);
    logger.error({ event: 'failed', error });
    logger.error('failed', error);
    logger.error('failed', error.stack);
    Logger.error('failed', error.stack);
    const [alone, field, extra, stack, unnamed] = lines();
    expect(alone).toMatchObject({ event: 'error', msg: 'Error', error: { name: 'Error' } });
    expect(field).toMatchObject({
      event: 'failed',
      error: { stack: expect.stringContaining('at ') },
    });
    expect(extra).toMatchObject({ msg: 'failed', context: 'X', error: { name: 'Error' } });
    expect(stack).toMatchObject({
      msg: 'failed',
      context: 'X',
      stack: expect.stringMatching(/^ +at /),
    });
    expect(unnamed).toMatchObject({ msg: 'failed', stack: expect.stringMatching(/^ +at /) });
    expect(unnamed).not.toHaveProperty('context');
    expect(written).not.toContain('canary');
  });

  it('shows no secret and nobody, even when it is handed them', () => {
    new Logger('X').log({
      event: 'careless',
      authorization: 'Canary',
      email: 'Canary',
      customer: { firstName: 'Canary', last_name: 'Canary', phoneNumber: 'Canary' },
      sessions: [{ paymentUrl: 'Canary', token: 'Canary' }],
      cronSecret: 'Canary',
      msg:
        'to aline@canary.example and +590690123456 or 0690 12 34 56 with sk_test_canary and ' +
        'whsec_canary at https://checkout.stripe.com/c/pay/cs_canary#canary, ' +
        'https://shop.example/p/canary-token, postgres://user:canary@db.example/x, Bearer canary',
    });
    expect(written).not.toMatch(/canary/i);
    expect(written).not.toMatch(/690/);
  });

  it('keeps ids, masked numbers and amounts', () => {
    const fields = {
      event: 'thanked',
      orderId: '6f1e2a34-0612-4345-8078-012345678901',
      orderNumber: 'GC-2026-000123',
      sessionId: 'cs_test_a1b2c3',
      totalAmount: 25_990,
      msg: 'Thank you message sent to +590 ••• 56 at 2026-11-22T07:38:04.123+00:00',
    };
    new Logger('X').log(fields);
    expect(lines()[0]).toMatchObject(fields);
  });

  it('survives what JSON cannot hold', () => {
    const circular: Record<string, unknown> = { event: 'odd', big: 10n, none: undefined };
    circular['self'] = circular;
    new Logger('X').log(circular);
    new Logger('X').log(undefined);
    expect(lines()[0]).toMatchObject({ event: 'odd', big: '10' });
    expect(lines()[1]).toMatchObject({ msg: 'undefined' });
  });
});
