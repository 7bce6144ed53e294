import { describe, expect, it } from 'vitest';

import { classifyTwilioError, RESULT_BY_CLASS } from './twilio-error-codes.js';
import { failureOf } from './twilio-failure.js';

describe('failureOf', () => {
  it.each([
    [{ code: 'ENOTFOUND' }, 'try_later'],
    [{ code: 'EAI_AGAIN' }, 'try_later'],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, 'try_later'],
    [{ code: 'ETIMEDOUT', syscall: 'read' }, 'ambiguous'],
    [{ code: 'ECONNABORTED' }, 'ambiguous'],
    [{ code: 'ERR_CANCELED' }, 'ambiguous'],
    [{ code: 'EPIPE' }, 'ambiguous'],
    [{ status: 429 }, 'try_later'],
    [{ status: 408 }, 'ambiguous'],
    [{ status: 302 }, 'ambiguous'],
    [{ status: 500, code: 21211 }, 'ambiguous'],
  ] as const)('reads %o as %s', (error, result) => {
    expect(failureOf(error).outcome.result).toBe(result);
  });

  it('reads a refusal without a code as a fault of the account or of the request', () => {
    expect(failureOf({ status: 403 })).toEqual({
      outcome: { result: 'try_later', errorCode: 'http_403' },
      needsOperator: true,
    });
    expect(failureOf({ status: 413 })).toEqual({
      outcome: { result: 'rejected', errorCode: 'http_413' },
      needsOperator: true,
    });
  });

  it('is ambiguous for anything that is not an error of the SDK', () => {
    expect(failureOf('oops').outcome).toEqual({
      result: 'ambiguous',
      errorCode: 'no_usable_answer',
    });
  });
});

describe('classifyTwilioError', () => {
  it.each([
    [30005, 'permanent_number', 'rejected'],
    [63033, 'opt_out', 'rejected'],
    [63016, 'whatsapp_impossible', 'rejected'],
    [63018, 'try_later', 'try_later'],
    [20503, 'ambiguous', 'ambiguous'],
    [63051, 'operator_alarm', 'try_later'],
    [12300, 'our_bug', 'rejected'],
  ] as const)('reads %i as %s', (code, errorClass, result) => {
    expect(classifyTwilioError(code)).toBe(errorClass);
    expect(RESULT_BY_CLASS[errorClass]).toBe(result);
  });

  it('answers null for a code that is not listed', () => {
    expect(classifyTwilioError(1)).toBeNull();
  });
});
