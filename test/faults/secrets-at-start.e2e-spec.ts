import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { loadAppConfig } from '../../src/config/load-app-config.js';
import * as sandbox from '../../src/config/sandbox-defaults.js';
import {
  type CompiledApplication,
  compileApplication,
  spawnApplication,
} from '../support/app-process.js';

const KEY = (letter: string) => letter.repeat(32);

const SECRETS = {
  STRIPE_SECRET_KEY: 'sk_test_0123456789abcdef',
  STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef',
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: '0123456789abcdef',
  TWILIO_WHATSAPP_FROM: 'whatsapp:+590690000000',
  CRON_SECRET: 'cron-0123456789abcdef',
  API_KEYS_ADMIN: KEY('a'),
  API_KEYS_SHOP: KEY('s'),
  API_KEYS_COUNTER: KEY('c'),
};
const PRODUCTION = { ...SECRETS, NODE_ENV: 'production', APP_URL: 'https://shop.example' };

function faultyNames(env: NodeJS.ProcessEnv): string[] {
  try {
    loadAppConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) => fault.split(':')[0]!);
  }
  return [];
}

describe('S28 production', () => {
  it('starts with every secret', () => {
    expect(faultyNames(PRODUCTION)).toEqual([]);
  });

  it.each(Object.keys(SECRETS))('does not start without %s', (name) => {
    expect(faultyNames({ ...PRODUCTION, [name]: undefined })).toEqual([name]);
    expect(faultyNames({ ...PRODUCTION, [name]: '' })).toContain(name);
    expect(faultyNames({ ...PRODUCTION, [name]: '   ' })).toContain(name);
  });

  it.each([
    ['APP_URL', 'http://shop.example'],
    ['APP_URL', undefined],
    ['STRIPE_API_BASE_URL', 'http://127.0.0.1:12111'],
    ['TWILIO_API_BASE_URL', 'https://api.twilio.com'],
    ['STRIPE_SECRET_KEY', 'sk_live_1234567'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_0123456789abcdef,whsec_123'],
    ['TWILIO_AUTH_TOKEN', '0123456789abcde'],
    ['CRON_SECRET', '0123456789abcde'],
    ['API_KEYS_SHOP', KEY('s').slice(1)],
    ['API_KEYS_COUNTER', KEY('a')],
    ['CRON_SECRET', sandbox.SANDBOX_CRON_SECRET],
    ['API_KEYS_ADMIN', sandbox.SANDBOX_ADMIN_KEY],
    ['API_KEYS_SHOP', `${KEY('s')},${sandbox.SANDBOX_SHOP_KEY}`],
    ['STRIPE_SECRET_KEY', sandbox.SANDBOX_STRIPE_SECRET_KEY],
    ['STRIPE_WEBHOOK_SECRET', sandbox.SANDBOX_STRIPE_WEBHOOK_SECRET],
    ['TWILIO_ACCOUNT_SID', sandbox.SANDBOX_TWILIO_ACCOUNT_SID],
  ])('does not start with %s=%s', (name, value) => {
    expect(faultyNames({ ...PRODUCTION, [name]: value })).toEqual([name]);
  });

  it.each([
    ['everybody', '0.0.0.0/0'],
    ['a name', 'proxy.example'],
    ['a number of hops', '1'],
    ['all', 'true'],
  ])('does not trust %s to say who a client is', (_what, value) => {
    expect(faultyNames({ ...PRODUCTION, TRUST_PROXY: value })).toEqual(['TRUST_PROXY']);
  });
});

describe('S28 a process', { timeout: 60_000 }, () => {
  let compiled: CompiledApplication;
  beforeAll(async () => {
    compiled = await compileApplication();
  }, 120_000);
  afterAll(() => compiled.remove());

  it('in production without secrets ends with 1 and says which, before it opens anything', async () => {
    const one = await spawnApplication(compiled, {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
    });
    expect(await one.ended).toEqual({ code: 1, signal: null });
    for (const name of Object.keys(SECRETS)) expect(one.stderr()).toContain(`${name}: `);
    expect(one.stderr()).not.toContain('ECONNREFUSED');
    expect(one.stdout()).toBe('');
  });
});
