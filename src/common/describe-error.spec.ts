import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.js';
import { DomainError } from './domain-error.js';

const CANARIES = ['Canary', '+590690123456', 'aline@canary.example', 'whsec_canary'];

/** The error node-postgres gives for a duplicate, with what it adds to it. */
const duplicate = () =>
  Object.assign(new Error('duplicate key value violates unique constraint "customers_phone_key"'), {
    name: 'error',
    severity: 'ERROR',
    code: '23505',
    detail: 'Key (phone)=(+590690123456) already exists.',
    constraint: 'customers_phone_key',
    table: 'customers',
  });

const databaseError = () =>
  new QueryFailedError('INSERT INTO customers VALUES ($1, $2)', CANARIES, duplicate());

describe('describeError', () => {
  it('keeps code, constraint and table of a failed query and none of its data', () => {
    const summary = describeError(databaseError());
    expect(summary).toMatchObject({
      name: 'QueryFailedError',
      code: '23505',
      constraint: 'customers_phone_key',
      table: 'customers',
    });
    expect(summary.message).toBeUndefined();
    expect(summary.stack).toMatch(/^\s+at /);
    for (const canary of CANARIES) expect(JSON.stringify(summary)).not.toContain(canary);
  });

  it('keeps the message of our own refusals', () => {
    expect(describeError(new DomainError('sold_out', 409, 'Not enough stock.'))).toMatchObject({
      name: 'DomainError',
      code: 'sold_out',
      message: 'Not enough stock.',
    });
  });

  it('keeps what the system says about a connection', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    expect(describeError(refused)).toMatchObject({
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 127.0.0.1:5432',
    });
  });

  it('keeps what the runtime says about our code', () => {
    expect(
      describeError(new TypeError("Cannot read properties of undefined (reading 'id')")),
    ).toHaveProperty('message', "Cannot read properties of undefined (reading 'id')");
  });

  it.each([
    new TypeError("Cannot use 'in' operator to search for 'id' in Canary"),
    new SyntaxError('Unexpected token C, "Canary" is not valid JSON'),
    new RangeError('Invalid time zone specified: Canary'),
    new Error('No customer named "Canary" can\'t be found'),
    new Error("We can't find 'Canary'"),
    new Error('550 5.1.1 <aline@canary.example>: rejected for +590690123456'),
    new Error('signed with whsec_canary'),
    new (class RestException extends Error {})('The number +590690123456 of Canary is not valid'),
    new Error('x', { cause: new (class StripeError extends Error {})('Canary') }),
    new (class MailError extends Error {})('first line\n    at Canary (x.js:1:1)'),
  ])('shows no data of %s', (error) => {
    const text = JSON.stringify(describeError(error));
    for (const canary of CANARIES) expect(text).not.toContain(canary);
  });

  it('names what is not an error by its type only', () => {
    expect(describeError('Canary')).toEqual({ name: 'Thrown string' });
    expect(describeError(undefined)).toEqual({ name: 'Thrown undefined' });
  });

  it('follows causes, and stops', () => {
    const looped = new Error('looped');
    looped.cause = looped;
    expect(describeError(looped).cause?.cause?.cause?.name).toBe('Error');
    expect(describeError(looped).cause?.cause?.cause?.cause).toBeUndefined();
  });
});
