import { describe, expect, it } from 'vitest';
import { bearerToken, digestOf, matchesSecret, matchingDigests } from './secret-digest.js';

describe('matchingDigests', () => {
  const digests = ['first-key', 'second-key', 'first-key'].map(digestOf);

  it.each([
    ['first-key', [0, 2]],
    ['second-key', [1]],
    ['first-ke', []],
    ['first-key ', []],
    ['', []],
    ['x'.repeat(100_000), []],
  ])('compares %.20j with every key, whatever its length', (candidate, expected) => {
    expect(matchingDigests(candidate, digests)).toEqual(expected);
  });
});

describe('matchesSecret', () => {
  it('accepts the secret and nothing that only begins like it', () => {
    expect(matchesSecret('secret', digestOf('secret'))).toBe(true);
    expect(matchesSecret('secre', digestOf('secret'))).toBe(false);
  });
});

describe('bearerToken', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['Bearer', null],
    ['Bearer ', null],
    ['Bearer a b', null],
    ['Bearer  abc', null],
    ['Basic abc', null],
    ['Bearer é', null],
    ['xBearer abc', null],
    [undefined, null],
  ])('reads %j as %j', (header, expected) => {
    expect(bearerToken(header)).toBe(expected);
  });
});
