import {
  BadRequestException,
  ConflictException,
  HttpException,
  NotFoundException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import { QueryFailedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { DomainError } from './domain-error.js';
import { problemOf } from './problem.js';

const failedQuery = (code: string) =>
  new QueryFailedError('SELECT $1', ['canary'], Object.assign(new Error('canary'), { code }));

describe('problemOf', () => {
  it.each([
    [new BadRequestException('Say more.'), 400, 'bad_request', 'Say more.'],
    [
      new BadRequestException(['a must be b']),
      400,
      'validation_failed',
      'The request is not valid.',
    ],
    [new UnauthorizedException(), 401, 'unauthorized', 'Unauthorized'],
    [new ConflictException('Later.'), 409, 'conflict', 'Later.'],
    [new HttpException('x', 405), 405, 'method_not_allowed', 'x'],
    [new HttpException('x', 418), 418, 'bad_request', 'x'],
    [new HttpException({ custom: 'x' }, 429), 429, 'too_many_requests', undefined],
  ])('keeps what Nest says: %s', (error, status, code, detail) => {
    const { problem } = problemOf(error);
    expect([problem.status, problem.code, problem.detail]).toEqual([status, code, detail]);
  });

  it('does not repeat the address the router refused', () => {
    const { problem } = problemOf(new NotFoundException('Cannot GET /q/canary.png?token=canary'));
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'not_found',
    });
  });

  it('lets no extension replace a member of RFC 9457', () => {
    const extensions = { type: 'x', title: 'x', status: 1, code: 'x', detail: 'x', paidAt: 'now' };
    expect(
      problemOf(new DomainError('order_paid', 409, 'It is paid.', { extensions })).problem,
    ).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      code: 'order_paid',
      detail: 'It is paid.',
      paidAt: 'now',
    });
  });

  it.each([
    ...[
      '57P01',
      '57P03',
      '57014',
      '53300',
      '53100',
      '25006',
      '08006',
      '55P03',
      '40001',
      '40P01',
    ].map(failedQuery),
    new Error('timeout exceeded when trying to connect'),
    new Error('Connection terminated unexpectedly'),
    new Error('Client was closed and is not queryable'),
    // What TypeORM says when the connection was lost between two statements of a transaction.
    new QueryRunnerProviderAlreadyReleasedError(),
    new Error('Connection terminated due to connection timeout'),
    new Error('Query read timeout'),
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    Object.assign(new AggregateError([], 'x'), { code: 'ECONNREFUSED' }),
    new Error('wrapped', { cause: failedQuery('57P01') }),
  ])('asks to come back when the database cannot serve: %o', (error) => {
    const { problem, retryAfterSeconds } = problemOf(error);
    expect([problem.status, problem.code, retryAfterSeconds]).toEqual([
      503,
      'service_unavailable',
      5,
    ]);
    expect(JSON.stringify(problem)).not.toContain('canary');
  });

  class StripeInvalidRequestError extends Error {
    readonly statusCode = 404;
    readonly code = 'resource_missing';
  }

  it.each([
    [new Error('canary'), 500],
    [failedQuery('23505'), 500],
    [failedQuery('42601'), 500],
    [new StripeInvalidRequestError('canary'), 500],
    [new ServiceUnavailableException('canary'), 503],
    [Object.assign(new Error('canary'), { statusCode: 400 }), 500],
    ['canary', 500],
    [undefined, 500],
    [{ statusCode: 400, message: 'canary' }, 500],
  ])('tells nothing of any other cause: %o', (error, status) => {
    const { problem } = problemOf(error);
    expect(problem.status).toBe(status);
    expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'code']);
    expect(JSON.stringify(problem)).not.toContain('canary');
  });
});
