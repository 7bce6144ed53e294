import { describe, expect, it } from 'vitest';
import { inTurns, spreadOf } from './pairs.js';

describe('spreadOf', () => {
  it('answers the middle one of an odd number', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  it('answers the middle of the middle two of an even number', () => {
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  });

  it('refuses to make a figure of nothing', () => {
    expect(() => spreadOf([])).toThrow('nothing to measure');
    expect(() => spreadOf([1, 0 / 0])).toThrow('nothing to measure');
  });
});

describe('inTurns', () => {
  it('lets each begin every other pair', async () => {
    const order: string[] = [];
    const run = (who: string) => async () => order.push(who);
    await inTurns(3, run('application'), run('limit'));
    expect(order).toEqual(['application', 'limit', 'limit', 'application', 'application', 'limit']);
  });
});
