import { describe, expect, it } from 'vitest';
import { isSentUnsure, MAX_ATTEMPTS, retryDelaySeconds } from './retry-policy.js';

const pauses = (random: () => number): number[] =>
  Array.from({ length: MAX_ATTEMPTS - 1 }, (_unused, n) => retryDelaySeconds(n + 1, random));

describe('the pauses between attempts', () => {
  it('double from two seconds and stop at two hours', () => {
    const longest = pauses(() => 1);
    expect(longest.slice(0, 6)).toEqual([2, 4, 8, 16, 32, 64]);
    expect(Math.max(...longest)).toBe(7_200);
    expect(longest).toEqual(longest.toSorted((one, other) => one - other));
  });

  it('are drawn from the upper half, so that a backlog does not come back as one wave', () => {
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
      const longest = retryDelaySeconds(attempt, () => 1);
      expect(retryDelaySeconds(attempt, () => 0)).toBe(longest / 2);
      const drawn = Array.from({ length: 50 }, () => retryDelaySeconds(attempt));
      expect(new Set(drawn).size).toBeGreaterThan(40);
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(longest / 2);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(longest);
    }
  });

  it('outlast an outage of half a day and end within a day and a half', () => {
    const hours = (random: () => number): number =>
      pauses(random).reduce((sum, pause) => sum + pause, 0) / 3_600;
    expect(hours(() => 0)).toBeGreaterThan(12);
    expect(hours(() => 0.5)).toBeGreaterThan(20);
    expect(hours(() => 0.5)).toBeLessThan(26);
    expect(hours(() => 1)).toBeLessThan(36);
  });
});

describe('a message that cannot be looked up', () => {
  const blindAttempts = (kind: Parameters<typeof isSentUnsure>[0]): number[] =>
    Array.from({ length: MAX_ATTEMPTS }, (_unused, n) => n + 1).filter((n) =>
      isSentUnsure(kind, n),
    );

  it('leaves once more when nothing can be collected without it, an hour or two later', () => {
    const [attempt, ...more] = blindAttempts('pickup_qr');
    expect(more).toEqual([]);
    const seconds = pauses(() => 0.5)
      .slice(0, attempt! - 1)
      .reduce((sum, pause) => sum + pause, 0);
    expect(seconds).toBeGreaterThan(3_000);
    expect(seconds).toBeLessThan(2 * 3_600);
    expect(blindAttempts('payment_thank_you')).toEqual([attempt]);
  });

  it('never leaves when it asks for money', () => {
    expect(blindAttempts('payment_reminder')).toEqual([]);
    expect(blindAttempts('order_confirmation')).toEqual([]);
  });
});
