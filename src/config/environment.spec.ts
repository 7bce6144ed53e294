import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { VARIABLE_NAMES } from './environment.js';
import { loadAppConfig } from './load-app-config.js';

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadAppConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

/** What a variable needs beside it to be the only question. */
const BESIDE: Record<string, NodeJS.ProcessEnv> = {
  STRIPE_SECRET_KEY: { STRIPE_WEBHOOK_SECRET: 'whsec_x' },
  STRIPE_API_BASE_URL: { STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: 'whsec_x' },
  TWILIO_ACCOUNT_SID: { TWILIO_AUTH_TOKEN: 'x', TWILIO_WHATSAPP_FROM: 'whatsapp:+590690000000' },
  SMTP_URL: { MAIL_FROM: 'a@b.example' },
  DIRECT_URL: { DATABASE_URL: 'postgres://127.0.0.1/x' },
};

const GOOD: Record<string, readonly string[]> = {
  NODE_ENV: ['development', 'test'],
  PROCESS_ROLE: ['all', 'web', 'worker'],
  LOG_LEVEL: ['silent', 'trace'],
  PORT: ['0', '1', '65535'],
  HOST: ['0.0.0.0', '::1', 'localhost'],
  APP_URL: ['http://localhost:3000/', 'https://shop.example/garage'],
  DATABASE_URL: ['postgres://u:p@h:5432/d', 'postgresql://h/d?sslmode=require', 'postgres:///d'],
  DIRECT_URL: ['postgres://u:p@h:5432/d'],
  DB_POOL_SIZE: ['2', '100'],
  DB_PREPARED_STATEMENTS: ['on', 'off'],
  STRIPE_SECRET_KEY: ['sk_test_1', 'rk_live_1'],
  STRIPE_WEBHOOK_SECRET: ['whsec_a', 'whsec_a,whsec_b'],
  STRIPE_PUBLISHABLE_KEY: ['pk_test_1'],
  STRIPE_API_BASE_URL: ['http://127.0.0.1:12111', 'https://double.example/'],
  STRIPE_PAYMENT_METHODS: ['card', 'card,alma'],
  CHECKOUT_TTL_MINUTES: ['35', '1435'],
  TWILIO_ACCOUNT_SID: [`AC${'f'.repeat(32)}`],
  TWILIO_SMS_FROM: ['+33700000000', '38000', 'GARAGE'],
  SMTP_URL: ['smtp://127.0.0.1:25', 'smtps://u:p@h'],
  RATE_LIMIT_WHATSAPP_PER_SECOND: ['0', '80', '10000'],
  RATE_LIMIT_EMAIL_PER_SECOND: ['0', '5'],
  MAIL_FROM: ['a@b.example', 'Garage Connect <a@b.example>', '"Garage" <a@b.example>'],
  SLACK_WEBHOOK_URL: ['https://hooks.slack.example/x'],
  API_KEYS_ADMIN: ['k'.repeat(32), `${'k'.repeat(32)},${'l'.repeat(40)}`],
  REMINDER_CRON: ['0 * * * *', '*/5 * * * * *', '0 8-18 * * mon-fri', '30 8,12 1 jan *'],
  REMINDER_STEPS: ['1h', '30m,1h', '1h,6h,12h,23h', '1439m'],
  RETENTION_ORDERS_MONTHS: ['0', '6', '24'],
  RETENTION_MESSAGES_MONTHS: ['0', '1', '18'],
  RETENTION_ARCHIVE_YEARS: ['0', '2', '100'],
  RETENTION_EVENTS_DAYS: ['45', '365'],
  RETENTION_KEYS_DAYS: ['2', '30'],
  SHOP_ADDRESS: ['12 rue de l’Église, 97122 Baie-Mahault'],
  SHOP_TIME_ZONE: ['America/Guadeloupe', 'Europe/Paris', 'UTC'],
};

const BAD: Record<string, readonly string[]> = {
  NODE_ENV: ['prod', 'PRODUCTION'],
  PROCESS_ROLE: ['both'],
  LOG_LEVEL: ['verbose', 'INFO'],
  PORT: ['-1', '65536', '3000.5', '0x10', '3000 '],
  HOST: ['a b'],
  APP_URL: [
    'shop.example',
    'ftp://shop.example',
    'https://u:p@shop.example',
    'https://shop.example/?a=1',
  ],
  DATABASE_URL: ['mysql://h/d', 'h:5432/d'],
  DIRECT_URL: ['http://h'],
  DB_POOL_SIZE: ['1', '101', 'ten'],
  DB_PREPARED_STATEMENTS: ['true', 'ON', '1'],
  STRIPE_SECRET_KEY: ['sk_canary', 'pk_test_canary', 'sk_test_can ary', 'sk_test_canary\n'],
  STRIPE_WEBHOOK_SECRET: [
    '',
    '  ',
    'canary',
    'whsec_canary\n',
    'whsec_canary,',
    'whsec_a, whsec_canary',
  ],
  STRIPE_PUBLISHABLE_KEY: ['sk_test_canary'],
  STRIPE_API_BASE_URL: ['127.0.0.1:12111', 'http://127.0.0.1:12111/v1'],
  STRIPE_PAYMENT_METHODS: ['card,,alma', 'Card', 'card;alma'],
  CHECKOUT_TTL_MINUTES: ['34', '1436', '24h'],
  TWILIO_ACCOUNT_SID: ['canary', `SK${'f'.repeat(32)}`],
  TWILIO_AUTH_TOKEN: ['can ary', 'canary\n'],
  TWILIO_WHATSAPP_FROM: ['+590690000000', 'whatsapp:0690000000'],
  TWILIO_SMS_FROM: ['A', 'TWELVELETTERS', '+0690'],
  SMTP_URL: ['mail.example', 'http://mail.example'],
  RATE_LIMIT_WHATSAPP_PER_SECOND: ['-1', '0.5', '10001', 'none'],
  RATE_LIMIT_EMAIL_PER_SECOND: ['-1', '1e3'],
  MAIL_FROM: ['canary', 'a@b\nBcc: c@d', 'A <a@b.example>, B <b@b.example>'],
  SLACK_WEBHOOK_URL: ['http://hooks.slack.example/x'],
  CRON_SECRET: ['can ary'],
  API_KEYS_ADMIN: ['canary', 'k'.repeat(31), `${'k'.repeat(32)},`],
  API_KEYS_SHOP: [`${'k'.repeat(32)} ${'k'.repeat(32)}`],
  API_KEYS_COUNTER: ['canary'],
  REMINDER_CRON: [
    'hourly',
    '* * * *',
    '60 * * * *',
    '0 24 * * *',
    '0 0 0 * *',
    '*/0 * * * *',
    '5-1 * * * *',
  ],
  REMINDER_STEPS: ['1', '1h,30m', '1h,60m', '24h', '0m', '1h,', '1d'],
  RETENTION_ORDERS_MONTHS: ['5', '601', '1y', '-1'],
  RETENTION_MESSAGES_MONTHS: ['601', 'never'],
  RETENTION_ARCHIVE_YEARS: ['101', '10 years'],
  RETENTION_EVENTS_DAYS: ['0', '44'],
  RETENTION_KEYS_DAYS: ['0', '1'],
  SHOP_NAME: ['a\nb', 'x'.repeat(201)],
  SHOP_TIME_ZONE: ['Mars/Olympus', '+02:00'],
};

const rows = (table: Record<string, readonly string[]>) =>
  Object.entries(table).flatMap(([name, values]) => values.map((value) => [name, value] as const));

describe('one variable', () => {
  it.each(rows(GOOD))('%s takes %j', (name, value) => {
    expect(faultsOf({ ...BESIDE[name], [name]: value })).toEqual([]);
  });

  it.each(rows(BAD))('%s refuses %j in one line that does not repeat it', (name, value) => {
    const faults = faultsOf({ ...BESIDE[name], [name]: value });
    expect(faults.map((fault) => fault.split(':')[0])).toContain(name);
    expect(new Set(faults).size).toBe(faults.length);
    expect(faults.join()).not.toMatch(/canary|\n/);
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const lines = text.split('\n');

  it('names exactly the variables of the application', () => {
    const named = lines.flatMap((line) => /^(?:# )?([A-Z][A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(named.toSorted()).toEqual(VARIABLE_NAMES.toSorted());
  });

  it('explains each of them in the line above', () => {
    const unexplained = lines.filter(
      (line, position) =>
        /^(?:# )?[A-Z][A-Z_]+=/.test(line) && !/^# [^=]+$/.test(lines[position - 1] ?? ''),
    );
    expect(unexplained).toEqual([]);
  });

  it('can be used as it is, and changes nothing', () => {
    expect(loadAppConfig(parseEnv(text))).toEqual(loadAppConfig({}));
  });

  it('holds no value that would start in production', () => {
    const uncommented = text.replace(/^# ([A-Z][A-Z_]+=)/gm, '$1');
    expect(faultsOf({ ...parseEnv(uncommented), NODE_ENV: 'production' })).not.toEqual([]);
  });
});
