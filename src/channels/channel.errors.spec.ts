import { describe, expect, it } from 'vitest';

import { isProvidersWord, mayBeSentAgain, needsOperatorFor, verdictOf } from './channel.errors.js';

describe('verdictOf', () => {
  it.each([
    ['21211', 'number_flagged'],
    ['63024', 'number_flagged'],
    ['21610', 'opted_out'],
    ['63033', 'opted_out'],
    ['63018', 'daily_limit'],
    ['63038', 'daily_limit'],
    ['20503', 'provider_down'],
    ['20003', 'provider_down'],
    ['ECONNREFUSED', 'provider_down'],
    ['ERR_CANCELED', 'provider_down'],
    ['http_502', 'provider_down'],
    ['http_401', 'provider_down'],
    ['smtp_421', 'provider_down'],
    ['smtp_535', 'provider_down'],
    ['EAUTH', 'provider_down'],
    ['lookup_failed', 'provider_down'],
    // About this message alone.
    ['30007', 'message'],
    ['63016', 'message'],
    ['20429', 'message'],
    ['http_429', 'message'],
    ['http_400', 'message'],
    ['smtp_451', 'message'],
    ['smtp_550', 'message'],
    ['EENVELOPE', 'message'],
    ['no_sid', 'message'],
    ['internal_error', 'message'],
    ['number_flagged', 'message'],
    ['99999', 'message'],
  ])('reads %s as %s', (errorCode, verdict) => {
    expect(verdictOf(errorCode)).toBe(verdict);
  });
});

describe('isProvidersWord', () => {
  it.each(['21211', 'smtp_550', 'http_413'])('is true of %s', (errorCode) => {
    expect(isProvidersWord(errorCode)).toBe(true);
  });

  it.each(['ECONNRESET', 'too_late', 'channel_disabled', 'number_flagged'])(
    'is false of %s',
    (errorCode) => {
      expect(isProvidersWord(errorCode)).toBe(false);
    },
  );
});

describe('mayBeSentAgain', () => {
  it.each(['30003', '30008', '63017', '63018', '63019', '11200'])('is true of %s', (errorCode) => {
    expect(mayBeSentAgain(errorCode)).toBe(true);
  });

  it.each(['30005', '63016', '63024', '63033', '21617', 'not_at_provider', ''])(
    'is false of %s',
    (errorCode) => {
      expect(mayBeSentAgain(errorCode)).toBe(false);
    },
  );
});

describe('needsOperatorFor', () => {
  it('tells what only a person can mend from what is the customer’s', () => {
    expect(needsOperatorFor('63007')).toBe(true);
    expect(needsOperatorFor('63013')).toBe(true);
    expect(needsOperatorFor('63024')).toBe(false);
    expect(needsOperatorFor('not_at_provider')).toBe(false);
  });
});
