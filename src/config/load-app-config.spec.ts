import { describe, expect, it } from 'vitest';
import { usesSandbox } from './app-config.js';
import { ConfigError } from './config-error.js';
import { loadAppConfig } from './load-app-config.js';
import * as sandboxDefaults from './sandbox-defaults.js';

const KEY = (letter: string) => letter.repeat(32);

/** Every provider by its own keys. */
const PROVIDERS = {
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
const PRODUCTION = { ...PROVIDERS, NODE_ENV: 'production', APP_URL: 'https://shop.example' };

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadAppConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};
const faultyNames = (env: NodeJS.ProcessEnv) => faultsOf(env).map((fault) => fault.split(':')[0]);
const without = (env: NodeJS.ProcessEnv, name: string) => ({ ...env, [name]: undefined });

describe('an empty environment', () => {
  const config = loadAppConfig({});

  it('gives the defaults of the contract', () => {
    expect(config).toMatchObject({
      environment: 'development',
      processRole: 'all',
      logLevel: 'info',
      http: { port: 3000, host: '127.0.0.1', appUrl: 'http://localhost:3000' },
      database: {
        url: null,
        directUrl: null,
        dataDir: '.data',
        poolSize: 10,
        preparesStatements: true,
      },
      stripe: {
        livemode: false,
        apiBaseUrl: null,
        paymentMethods: ['card'],
        checkoutTtlMinutes: 1435,
      },
      twilio: { smsFrom: null, apiBaseUrl: null, whatsappFrom: 'whatsapp:+14155238886' },
      mail: { smtpUrl: null },
      sending: { whatsappPerSecond: 80, emailPerSecond: 0 },
      slackWebhookUrl: null,
      reminders: { cron: '0 * * * *', stepMinutes: [60] },
      retention: {
        ordersMonths: 18,
        messagesMonths: 3,
        archiveYears: 10,
        eventsDays: 90,
        keysDays: 7,
      },
      shop: {
        name: 'GarageConnect',
        hours: ['Lundi - Samedi : 8h - 18h', 'Dimanche : Fermé'],
        timeZone: 'America/Guadeloupe',
      },
    });
  });

  it('runs the sandbox on its public keys', () => {
    expect(config.sandbox).toEqual({ stripe: true, twilio: true, mail: true });
    expect(usesSandbox(config)).toBe(true);
    expect(config.stripe.secretKey).toMatch(/^sk_test_sandbox/);
    expect(config.stripe.webhookSecrets).toEqual([expect.stringMatching(/^whsec_sandbox/)]);
    expect(config.stripe.publishableKey).toMatch(/^pk_test_sandbox/);
    expect(config.twilio.accountSid).toMatch(/^AC[0-9a-f]{32}$/);
    expect(config.access).toEqual({
      adminKeys: [sandboxDefaults.SANDBOX_ADMIN_KEY],
      shopKeys: [sandboxDefaults.SANDBOX_SHOP_KEY],
      counterKeys: [sandboxDefaults.SANDBOX_COUNTER_KEY],
      cronSecret: sandboxDefaults.SANDBOX_CRON_SECRET,
    });
  });

  it('is what a file of blanks gives', () => {
    expect(loadAppConfig({ STRIPE_SECRET_KEY: '', APP_URL: ' ', PORT: '', SMTP_URL: '' })).toEqual(
      config,
    );
  });
});

describe('the sandbox', () => {
  it('stands in only for the provider without a key', () => {
    const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } = PROVIDERS;
    const config = loadAppConfig({ STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET });
    expect(config.sandbox).toEqual({ stripe: false, twilio: true, mail: true });
    expect(config.stripe.publishableKey).toBeNull();
  });

  it('leaves e-mail to a given server', () => {
    const mail = { SMTP_URL: 'smtp://127.0.0.1:1025', MAIL_FROM: 'a@b.example' };
    expect(loadAppConfig(mail).sandbox).toEqual({ stripe: true, twilio: true, mail: false });
  });

  it('takes what is given in place of its own', () => {
    const { STRIPE_WEBHOOK_SECRET, CRON_SECRET } = PROVIDERS;
    const config = loadAppConfig({ STRIPE_WEBHOOK_SECRET, CRON_SECRET });
    expect(config.stripe.webhookSecrets).toEqual([STRIPE_WEBHOOK_SECRET]);
    expect(config.access.cronSecret).toBe(CRON_SECRET);
  });

  it('is off with both providers, and our own secrets are then asked for', () => {
    expect(loadAppConfig(PROVIDERS).sandbox).toEqual({ stripe: false, twilio: false, mail: false });
    for (const name of ['CRON_SECRET', 'API_KEYS_ADMIN', 'API_KEYS_SHOP', 'API_KEYS_COUNTER']) {
      expect(faultyNames(without(PROVIDERS, name))).toEqual([name]);
    }
  });
});

describe('production', () => {
  it('starts with every secret and an https URL', () => {
    const config = loadAppConfig({ ...PRODUCTION, APP_URL: 'https://shop.example/garage//' });
    expect(config.http.appUrl).toBe('https://shop.example/garage');
    expect(usesSandbox(config)).toBe(false);
  });

  it('lists every fault at once', () => {
    expect(faultyNames({ NODE_ENV: 'production', PORT: 'x', DB_POOL_SIZE: '1' })).toEqual([
      'PORT',
      'DB_POOL_SIZE',
      ...Object.keys(PROVIDERS).filter((name) => !/CRON|KEYS/.test(name)),
      'CRON_SECRET',
      'API_KEYS_ADMIN',
      'API_KEYS_SHOP',
      'API_KEYS_COUNTER',
      'APP_URL',
    ]);
  });
});

describe('limits', () => {
  it('are those of a shop whose messages cost something', () => {
    expect(loadAppConfig(PRODUCTION).limits).toEqual({
      perMinute: { orders: 300, links: 300, pickups: 60, pages: 300, refusals: 60 },
      unpaidPerNumber: 10,
      unpaidPerPrefix: 100,
      unpaidPerDay: 2_000,
    });
  });

  it('count no unpaid orders in the sandbox, whose messages are free, unless told to', () => {
    expect(loadAppConfig({}).limits).toMatchObject({
      perMinute: { orders: 300 },
      unpaidPerNumber: 0,
      unpaidPerPrefix: 0,
      unpaidPerDay: 0,
    });
    const told = loadAppConfig({ RATE_LIMIT_UNPAID_PER_NUMBER: '3' });
    expect(told.limits).toMatchObject({ unpaidPerNumber: 3, unpaidPerDay: 0 });
  });

  it('are off in a test that sets none', () => {
    const { limits } = loadAppConfig({ ...PROVIDERS, NODE_ENV: 'test', RATE_LIMIT_PAGES: '7' });
    expect(limits.perMinute).toEqual({ orders: 0, links: 0, pickups: 0, pages: 7, refusals: 0 });
    expect(limits.unpaidPerDay).toBe(0);
  });
});

describe('the proxies in front', () => {
  it('are nobody until they are named', () => {
    expect(loadAppConfig({}).http.trustedProxies).toEqual([]);
    const { http } = loadAppConfig({ TRUST_PROXY: '10.0.0.0/8,2001:db8::1' });
    expect(http.trustedProxies).toEqual(['10.0.0.0/8', '2001:db8::1']);
  });
});

describe('prepared statements', () => {
  const POOLED = {
    DATABASE_URL: 'postgres://127.0.0.1:6432/x',
    DIRECT_URL: 'postgres://127.0.0.1/x',
  };

  it.each([
    [{ DATABASE_URL: 'postgres://127.0.0.1/x' }, true],
    [{ DB_PREPARED_STATEMENTS: 'off' }, false],
    [POOLED, false],
    [{ ...POOLED, DB_PREPARED_STATEMENTS: 'on' }, true],
  ])('with %j: %s', (env, preparesStatements) => {
    expect(loadAppConfig(env).database.preparesStatements).toBe(preparesStatements);
  });
});

describe('rules between variables', () => {
  it.each([
    [{ STRIPE_SECRET_KEY: 'sk_test_1' }, ['STRIPE_WEBHOOK_SECRET']],
    [
      { TWILIO_ACCOUNT_SID: PROVIDERS.TWILIO_ACCOUNT_SID },
      ['TWILIO_AUTH_TOKEN', 'TWILIO_WHATSAPP_FROM'],
    ],
    [{ STRIPE_API_BASE_URL: 'http://127.0.0.1:12111' }, ['STRIPE_SECRET_KEY']],
    [{ TWILIO_API_BASE_URL: 'http://127.0.0.1:12111' }, ['TWILIO_ACCOUNT_SID']],
    [{ SMTP_URL: 'smtp://127.0.0.1' }, ['MAIL_FROM']],
    [{ DIRECT_URL: 'postgres://127.0.0.1/x' }, ['DATABASE_URL']],
    [
      { API_KEYS_ADMIN: KEY('x'), API_KEYS_COUNTER: `${KEY('y')},${KEY('x')}` },
      ['API_KEYS_COUNTER'],
    ],
    [{ ...PROVIDERS, STRIPE_PUBLISHABLE_KEY: 'pk_live_1' }, ['STRIPE_PUBLISHABLE_KEY']],
    [{ RETENTION_ARCHIVE_YEARS: '1' }, ['RETENTION_ARCHIVE_YEARS']],
    [{ RETENTION_MESSAGES_MONTHS: '120' }, ['RETENTION_ARCHIVE_YEARS']],
  ])('%j names %j', (env, names) => {
    expect(faultyNames(env)).toEqual(names);
  });
});

describe('livemode', () => {
  it.each([
    ['sk_live_0123456789abcdef', true],
    ['rk_live_0123456789abcdef', true],
    ['sk_test_0123456789abcdef', false],
    ['rk_test_0123456789abcdef', false],
  ])('of %s is %s', (STRIPE_SECRET_KEY, livemode) => {
    expect(loadAppConfig({ ...PROVIDERS, STRIPE_SECRET_KEY }).stripe.livemode).toBe(livemode);
  });
});
