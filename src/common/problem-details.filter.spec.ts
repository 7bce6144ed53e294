import { type AddressInfo, connect } from 'node:net';
import { Body, Controller, Get, Logger, Module, Post, UnauthorizedException } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { IsInt, Min } from 'class-validator';
import pg from 'pg';
import { QueryFailedError } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppLogger } from './app-logger.js';
import { DomainError } from './domain-error.js';
import { PlainAnswer } from './plain-answer.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { validationPipe } from './validation.js';

class ThingDto {
  @IsInt()
  @Min(1)
  quantity: number;
}

let thrown: unknown;

@Controller('api/things')
class ThingsController {
  @Post()
  place(@Body() thing: ThingDto): object {
    return { isDto: thing instanceof ThingDto };
  }

  @Get('fail')
  fail(): never {
    throw thrown;
  }
}

@Controller('p')
class LinkController {
  @Get(':token')
  open(): never {
    throw thrown;
  }
}

@Module({
  controllers: [ThingsController, LinkController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemDetailsFilter },
    { provide: APP_PIPE, useFactory: validationPipe },
  ],
})
class TinyModule {}

let app: NestFastifyApplication;
let log = '';

beforeAll(async () => {
  const testing = await Test.createTestingModule({ imports: [TinyModule] }).compile();
  app = testing.createNestApplication<NestFastifyApplication>(
    new FastifyAdapter({
      bodyLimit: 16_384,
      routerOptions: { maxParamLength: 100 },
    }),
    { rawBody: true },
  );
  app.useLogger(AppLogger.create('info', { write: (line) => void (log += line) }));
  await app.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await app.close();
  Logger.overrideLogger(['error']);
});
beforeEach(() => {
  log = '';
});

const post = (payload: string, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/api/things?secret=canary',
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });
const fail = (error: unknown) => {
  thrown = error;
  return app.inject({ url: '/api/things/fail?token=canary' });
};
const logged = () =>
  log
    .split('\n')
    .filter((line) => line.includes('"request_failed"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a body that cannot be read', () => {
  it.each([
    ['cut short', '{"items":['],
    ['no JSON', 'canary'],
    ['empty', ''],
    ['with __proto__', '{"items":[],"__proto__":{"isAdmin":true}}'],
    ['with constructor.prototype', '{"constructor":{"prototype":{"x":1}}}'],
  ])('answers 400 when it is %s', async (_what, payload) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 400, code: 'malformed_json' });
    expect(answer.body).not.toContain('canary');
    expect(Object.prototype).not.toHaveProperty('isAdmin');
  });

  it('answers 413 above the limit', async () => {
    const answer = await post(JSON.stringify({ note: 'x'.repeat(20_000) }));
    expect([answer.statusCode, answer.json()['code']]).toEqual([413, 'body_too_large']);
  });

  it('answers 415 for another content type', async () => {
    const answer = await post('<a/>', { 'content-type': 'application/xml' });
    expect([answer.statusCode, answer.json()['code']]).toEqual([415, 'unsupported_media_type']);
  });

  it('answers 400 when Content-Length and the body differ', async () => {
    const answer = await post('{}', { 'content-length': '1' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });
});

describe('a body that is not valid', () => {
  it('answers 400 with the path of each fault', async () => {
    const answer = await post('{"quantity":0,"totalAmount":1}');
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        code: 'validation_failed',
        detail: 'The request is not valid: see errors.',
        errors: [
          { path: 'totalAmount', message: 'unknown property' },
          { path: 'quantity', message: 'quantity must not be less than 1' },
        ],
        instance: '/api/things',
      },
    ]);
  });
});

describe('a route that is not there', () => {
  it.each(['/nowhere/canary?token=canary', '/api/nowhere', '//', '/api/things/x/y'])(
    'answers 404 for %s without repeating it',
    async (url) => {
      const answer = await app.inject(url);
      expect([answer.statusCode, answer.json()]).toEqual([
        404,
        { type: 'about:blank', title: 'Not Found', status: 404, code: 'not_found' },
      ]);
    },
  );
});

describe('a refusal', () => {
  it('of the shop keeps its code, words, extensions and Retry-After', async () => {
    const answer = await fail(
      new DomainError('already_redeemed', 409, 'This order was handed over.', {
        extensions: { redeemedAt: '2026-11-22T10:00:00.000Z', status: 200, type: 'x' },
        retryAfterSeconds: 7,
      }),
    );
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect([answer.statusCode, answer.json()]).toEqual([
      409,
      {
        type: 'about:blank',
        title: 'Conflict',
        status: 409,
        code: 'already_redeemed',
        detail: 'This order was handed over.',
        redeemedAt: '2026-11-22T10:00:00.000Z',
        instance: '/api/things/fail',
      },
    ]);
    expect(logged()).toEqual([]);
  });

  it('never shows the path of a page, which may hold a token', async () => {
    thrown = new DomainError('link_expired', 410, 'This link has expired.');
    const answer = await app.inject('/p/canary-token');
    expect(answer.statusCode).toBe(410);
    expect(answer.body).not.toContain('canary');
  });

  it('of Nest becomes a problem', async () => {
    const answer = await fail(new UnauthorizedException());
    expect(answer.json()).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('with a body of its own is sent as it is', async () => {
    const answer = await fail(new PlainAnswer(401, { error: 'Unauthorized' }, { 'x-a': 'b' }));
    expect([answer.statusCode, answer.body, answer.headers['x-a']]).toEqual([
      401,
      '{"error":"Unauthorized"}',
      'b',
    ]);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('a database that cannot serve', () => {
  it('answers 503 with Retry-After when nothing listens at its address', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 2_000 });
    const answer = await fail(await pool.query('SELECT 1').catch((refused: unknown) => refused));
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.json()['code']).toBe('service_unavailable');
    expect(logged()).toHaveLength(1);
    await pool.end();
  });
});

describe('anything else', () => {
  it.each([new Error('canary'), 'canary', null])(
    'answers 500 without a word of %o',
    async (error) => {
      const answer = await fail(error);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect([answer.statusCode, answer.json()]).toEqual([
        500,
        {
          type: 'about:blank',
          title: 'Internal Server Error',
          status: 500,
          code: 'internal_error',
          instance: '/api/things/fail',
        },
      ]);
    },
  );

  it('is logged once, with its place and without data', async () => {
    await fail(
      new QueryFailedError(
        'INSERT',
        ['canary'],
        Object.assign(new Error('canary'), { code: '23505' }),
      ),
    );
    expect(logged()).toHaveLength(1);
    expect(logged()[0]).toMatchObject({
      level: 'error',
      method: 'GET',
      route: '/api/things/fail',
      status: 500,
      code: 'internal_error',
      error: { name: 'QueryFailedError', code: '23505', stack: expect.stringContaining('at ') },
    });
    expect(log.split('\n').filter(Boolean)).toHaveLength(1);
    expect(log).not.toContain('canary');
  });
});

it('serves on after a client that says a wrong length over a real socket', async () => {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        'POST /api/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{}',
      ),
    );
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect((await post('{"quantity":1}')).statusCode).toBe(201);
});
