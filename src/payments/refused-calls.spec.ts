import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RefusedCalls } from './refused-calls.js';

type Line = Readonly<Record<string, unknown>>;

describe('RefusedCalls', () => {
  const lines: Line[] = [];
  let refused: RefusedCalls;

  beforeEach(() => {
    vi.useFakeTimers();
    lines.length = 0;
    refused = new RefusedCalls({
      warn: (line: Line) => lines.push({ level: 'warn', ...line }),
      error: (line: Line) => lines.push({ level: 'error', ...line }),
    });
  });
  afterEach(() => vi.useRealTimers());

  const report = (reason: Parameters<RefusedCalls['report']>[0], times = 1): void => {
    for (let time = 0; time < times; time += 1) refused.report(reason);
  };

  it('tells of the first call at once, in the words the log has always had', () => {
    report('mismatch');
    expect(lines).toEqual([
      {
        level: 'warn',
        event: 'stripe_event.refused',
        reason: 'mismatch',
        msg: 'A webhook call was refused: signature mismatch',
      },
    ]);
  });

  it('tells of those that follow within a second in one line, with their number', () => {
    report('mismatch', 4);
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(999);
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(lines.slice(1)).toEqual([
      {
        level: 'warn',
        event: 'stripe_event.refused',
        reason: 'mismatch',
        refused: 3,
        msg: '3 more webhook calls were refused: signature mismatch',
      },
    ]);
  });

  it('makes a flood one line a second, of which none is lost', () => {
    report('mismatch');
    for (let tenth = 0; tenth < 50; tenth += 1) {
      report('mismatch', 20);
      vi.advanceTimersByTime(100);
    }
    expect(lines).toHaveLength(6);
    expect(lines.reduce((sum, { refused: count = 1 }) => sum + Number(count), 0)).toBe(1_001);
  });

  it('says nothing of a second in which nothing was refused, and tells of the next call at once', () => {
    report('mismatch');
    vi.advanceTimersByTime(1_000);
    expect(lines).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
    report('mismatch');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toEqual(lines[0]);
  });

  it('hides no reason behind another: a wrong clock is told of in the middle of a flood', () => {
    report('mismatch', 100);
    report('timestamp', 2);
    vi.advanceTimersByTime(1_000);
    expect(lines.map(({ level, reason, refused: count }) => [level, reason, count])).toEqual([
      ['warn', 'mismatch', undefined],
      ['error', 'timestamp', undefined],
      ['warn', 'mismatch', 99],
      ['error', 'timestamp', 1],
    ]);
    expect(lines[3]!['msg']).toBe(
      'One more webhook call was refused: signature timestamp; check the clock of this machine',
    );
  });

  it('tells the rest when the process ends, once', () => {
    report('mismatch', 3);
    report('missing');
    refused.flush();
    refused.flush();
    vi.advanceTimersByTime(5_000);
    expect(lines.map(({ reason, refused: count }) => [reason, count])).toEqual([
      ['mismatch', undefined],
      ['missing', undefined],
      ['mismatch', 2],
    ]);
  });

  it('keeps no process alive', () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, 'setTimeout');
    report('malformed');
    const [timer] = timers.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(timer!.hasRef()).toBe(false);
    refused.flush();
  });

  it('counts each call in the metric, whatever the log says', async () => {
    const count = async (): Promise<number> => {
      const found = /^garageconnect_webhook_refusals_total\{reason="missing"\} (\d+)$/m.exec(
        await register.metrics(),
      );
      return Number(found![1]);
    };
    const before = await count();
    report('missing', 25);
    expect(await count()).toBe(before + 25);
  });
});
