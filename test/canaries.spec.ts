import { describe, expect, it } from 'vitest';
import { canariesIn, disguisesOf } from './support/canaries.js';

const NAME = 'Canariprénom';

describe('the look for canaries', () => {
  it('finds them in whatever encoding', () => {
    const one = new Map([['name', NAME]]);
    const inBase64 = Buffer.from(`{"a":"${NAME}"}`).toString('base64');
    for (const text of [NAME, `x=${encodeURIComponent(NAME)}`, inBase64]) {
      expect(canariesIn(`first\n${text}\nlast`, one)).toHaveLength(1);
    }
    expect(canariesIn('Aline', one)).toEqual([]);
    expect(disguisesOf(NAME).every((text) => text.length >= 10)).toBe(true);
  });
});
