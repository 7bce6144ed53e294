import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS, retryDelaySeconds } from './retry-policy.js';

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
