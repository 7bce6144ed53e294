import { Controller, Get, Logger, Module, Req, UseGuards } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemDetailsFilter } from '../common/problem-details.filter.js';
import { AppConfigModule } from '../config/app-config.module.js';
import { loadAppConfig } from '../config/load-app-config.js';
import { AccessModule } from './access.module.js';
import { CronSecretGuard } from './cron-secret.guard.js';
import { Public, Roles } from './roles.decorator.js';

const ADMIN = 'a'.repeat(32);
const SHOP = 's'.repeat(32);
const SHOP_NEXT = 'n'.repeat(40);
const COUNTER = 'c'.repeat(32);
const CRON = 'cron-secret-0123456789';

@Controller('things')
@Roles('shop')
class ThingsController {
  @Get('shop')
  shop(@Req() request: FastifyRequest): object {
    return { role: request.role };
  }

  @Get('admin')
  @Roles('admin')
  admin(@Req() request: FastifyRequest): object {
    return { role: request.role };
  }

  @Get('both')
  @Roles('shop', 'counter')
  both(@Req() request: FastifyRequest): object {
    return { role: request.role };
  }

  @Get('public')
  @Public()
  public(@Req() request: FastifyRequest): object {
    return { role: request.role ?? null };
  }
}

@Controller('pickups')
class PickupsController {
  @Get('counter')
  @Roles('counter')
  counter(@Req() request: FastifyRequest): object {
    return { role: request.role };
  }

  @Get('forgotten')
  forgotten(): object {
    return {};
  }

  @Get('cron')
  @Public()
  @UseGuards(CronSecretGuard)
  cron(): object {
    return { success: true };
  }
}

@Controller('pages')
@Public()
class PagesController {
  @Get('open')
  open(): object {
    return {};
  }

  @Get('closed')
  @Roles('admin')
  closed(): object {
    return {};
  }
}

@Module({
  imports: [
    AppConfigModule.forRoot(
      loadAppConfig({
        API_KEYS_ADMIN: ADMIN,
        API_KEYS_SHOP: `${SHOP},${SHOP_NEXT}`,
        API_KEYS_COUNTER: COUNTER,
        CRON_SECRET: CRON,
      }),
    ),
    AccessModule,
  ],
  controllers: [ThingsController, PickupsController, PagesController],
  providers: [{ provide: APP_FILTER, useClass: ProblemDetailsFilter }],
})
class TinyModule {}

let app: NestFastifyApplication;
beforeAll(async () => {
  Logger.overrideLogger(false);
  const testing = await Test.createTestingModule({ imports: [TinyModule] }).compile();
  app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app.close());

const get = (url: string, authorization?: string) =>
  app.inject({ url, headers: authorization === undefined ? {} : { authorization } });

describe('a route with roles', () => {
  it.each([
    ['/things/shop', SHOP, 'shop'],
    ['/things/shop', SHOP_NEXT, 'shop'],
    ['/things/shop', ADMIN, 'admin'],
    ['/things/admin', ADMIN, 'admin'],
    ['/things/both', SHOP, 'shop'],
    ['/things/both', COUNTER, 'counter'],
    ['/things/both', ADMIN, 'admin'],
    ['/pickups/counter', COUNTER, 'counter'],
    ['/pickups/counter', ADMIN, 'admin'],
  ])('%s lets %.1s… in as %s', async (url, key, role) => {
    const answer = await get(url, `Bearer ${key}`);
    expect([answer.statusCode, answer.json()]).toEqual([200, { role }]);
  });

  it.each([
    ['/things/shop', COUNTER],
    ['/things/admin', SHOP],
    ['/things/admin', COUNTER],
    ['/pickups/counter', SHOP],
    ['/pickups/forgotten', ADMIN],
    ['/pickups/forgotten', SHOP],
  ])('%s answers 403 to %.1s…', async (url, key) => {
    const answer = await get(url, `Bearer ${key}`);
    expect([answer.statusCode, answer.json()['code']]).toEqual([403, 'forbidden']);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    `Bearer ${'z'.repeat(32)}`,
    `Bearer ${SHOP.slice(1)}`,
    `Bearer ${SHOP}x`,
    `Bearer ${SHOP},${SHOP_NEXT}`,
    `Basic ${SHOP}`,
    SHOP,
    `Bearer ${'s'.repeat(10_000)}`,
    `Bearer ${CRON}`,
  ])('answers 401 to %.40j', async (authorization) => {
    for (const url of ['/things/shop', '/pickups/forgotten']) {
      const answer = await get(url, authorization);
      expect([answer.statusCode, answer.json()['code']]).toEqual([401, 'unauthorized']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  });

  it('takes no key from the query', async () => {
    expect((await get(`/things/shop?authorization=Bearer%20${SHOP}&key=${SHOP}`)).statusCode).toBe(
      401,
    );
  });

  it('cannot be reached by another spelling of its path', async () => {
    for (const url of [
      '/things/%73hop',
      '/things//shop',
      '/Things/shop',
      '/things/shop/',
      '//things/shop',
    ]) {
      expect([401, 404]).toContain((await get(url)).statusCode);
    }
  });
});

describe('a public route', () => {
  it('lets everybody in, a wrong key included', async () => {
    expect((await get('/things/public')).json()).toEqual({ role: null });
    expect((await get('/things/public', 'Bearer wrong')).statusCode).toBe(200);
  });
});

describe('a method inside a public controller', () => {
  it('is closed by its own roles', async () => {
    expect((await get('/pages/open')).statusCode).toBe(200);
    expect((await get('/pages/closed')).statusCode).toBe(401);
    expect((await get('/pages/closed', `Bearer ${SHOP}`)).statusCode).toBe(403);
  });
});

describe('a cron route', () => {
  it('lets the cron secret in', async () => {
    expect((await get('/pickups/cron', `Bearer ${CRON}`)).json()).toEqual({ success: true });
  });

  it.each([
    undefined,
    'Bearer wrong',
    `Bearer ${CRON.slice(0, -1)}`,
    `Bearer ${CRON}0`,
    `Bearer ${ADMIN}`,
  ])('answers exactly what its callers know to %.40j', async (authorization) => {
    const answer = await get('/pickups/cron', authorization);
    expect([answer.statusCode, answer.body]).toEqual([401, '{"error":"Unauthorized"}']);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('takes no secret from the query', async () => {
    expect((await get(`/pickups/cron?secret=${CRON}&token=${CRON}`)).statusCode).toBe(401);
  });
});
