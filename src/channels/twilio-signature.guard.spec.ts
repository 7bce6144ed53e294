import { Body, Controller, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DomainError } from '../common/domain-error.js';
import { AppConfig } from '../config/app-config.js';
import { TwilioSignatureGuard } from './twilio-signature.guard.js';

const AUTH_TOKEN = 'not-a-real-auth-token';
const APP_URL = 'https://shop.example';
const PATH = '/api/webhook/twilio/status?nid=42';
const FORM = { MessageSid: 'SM1', MessageStatus: 'delivered', To: 'whatsapp:+590690123456' };

@Controller('api/webhook/twilio')
class StatusController {
  @Post('status')
  @UseGuards(TwilioSignatureGuard)
  receive(@Body() body: Record<string, string>): Record<string, string> {
    return { status: body['MessageStatus'] ?? '' };
  }
}

@Module({
  controllers: [StatusController],
  providers: [
    {
      provide: AppConfig,
      useValue: { http: { appUrl: APP_URL }, twilio: { authToken: AUTH_TOKEN } },
    },
  ],
})
class TestModule {}

let app: NestFastifyApplication;
let refusal: unknown;

beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(TestModule, new FastifyAdapter(), {
    logger: false,
  });
  app.useGlobalFilters({
    catch: (error, host) => {
      refusal = error;
      const status = error instanceof DomainError ? error.status : 500;
      return host.switchToHttp().getResponse().status(status).send({});
    },
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

afterAll(() => app.close());

interface Attempt {
  readonly path?: string;
  readonly form?: Record<string, string | string[]>;
  readonly signature?: string | null;
  readonly headers?: Record<string, string>;
}

const sign = (url: string, form: Record<string, unknown>, token = AUTH_TOKEN): string =>
  twilio.getExpectedTwilioSignature(token, url, form);

async function post({ path = PATH, form = FORM, signature, headers }: Attempt): Promise<number> {
  const body = new URLSearchParams(
    Object.entries(form).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    ),
  );
  const sent = signature === undefined ? sign(`${APP_URL}${path}`, form) : signature;
  const response = await app.inject({
    method: 'POST',
    url: path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(sent !== null && { 'x-twilio-signature': sent }),
      ...headers,
    },
    payload: body.toString(),
  });
  return response.statusCode;
}

describe('a request that Twilio signed', () => {
  it('passes', async () => {
    expect(await post({})).toBe(201);
  });

  it('passes with parameters that nobody announced', async () => {
    expect(await post({ form: { ...FORM, NewThing: "à l'heure & plus", Empty: '' } })).toBe(201);
  });

  it('passes with a repeated parameter', async () => {
    expect(await post({ form: { ...FORM, Tag: ['b', 'a'] } })).toBe(201);
  });

  it('passes whatever host a proxy or a caller names', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    expect(await post({ headers })).toBe(201);
  });
});

describe('any other request', () => {
  it.each<[string, Attempt]>([
    ['without a signature', { signature: null }],
    ['with an empty signature', { signature: '' }],
    ['signed with another token', { signature: sign(`${APP_URL}${PATH}`, FORM, 'other') }],
    ['signed for another host', { signature: sign(`https://evil.example${PATH}`, FORM) }],
    ['signed for another notification', { signature: sign(`${APP_URL}${PATH}3`, FORM) }],
    [
      'with a parameter changed',
      { signature: sign(`${APP_URL}${PATH}`, { ...FORM, MessageStatus: 'read' }) },
    ],
    ['with a parameter added', { signature: sign(`${APP_URL}${PATH}`, {}) }],
  ])('is refused %s', async (_what, attempt) => {
    refusal = undefined;
    expect(await post(attempt)).toBe(403);
    expect(refusal).toMatchObject({ code: 'invalid_signature', status: 403 });
  });

  it('is refused as JSON that no form could be, even when the signature fits', async () => {
    const payload = { deep: { er: ['x'] } };
    const response = await app.inject({
      method: 'POST',
      url: PATH,
      headers: { 'x-twilio-signature': sign(`${APP_URL}${PATH}`, payload) },
      payload,
    });
    expect(response.statusCode).toBe(403);
  });
});
