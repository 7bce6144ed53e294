import { randomUUID } from 'node:crypto';
import type { Environment } from './child-program.js';

/** Known to the programs and to the clients that sign and ask. */
export const SHOP_KEY = 'shop_key_of_the_benchmark_0123456789';
export const CRON_SECRET = 'cron_secret_of_the_benchmark_012345';
export const WEBHOOK_SECRET = 'whsec_benchmark_0123456789abcdef';
const ADMIN_KEY = randomUUID();
const COUNTER_KEY = randomUUID();

export interface Place {
  readonly port: number;
  readonly databaseUrl: string;
  readonly providersUrl: string;
}

/**
 * What the application is started with. Everything is as it comes, except that no limit stops the
 * clients, which are a thousand shops' worth: rate limits and caps are off, and so is the pace that
 * WhatsApp sets.
 */
export const applicationEnvironment = (
  { port, databaseUrl, providersUrl }: Place,
  processRole: 'all' | 'web' | 'worker',
): Environment => ({
  PORT: String(port),
  HOST: '127.0.0.1',
  APP_URL: `http://127.0.0.1:${port}`,
  PROCESS_ROLE: processRole,
  DATABASE_URL: databaseUrl,
  STRIPE_API_BASE_URL: providersUrl,
  STRIPE_SECRET_KEY: 'sk_test_benchmark',
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  TWILIO_API_BASE_URL: providersUrl,
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'token_of_the_benchmark',
  TWILIO_WHATSAPP_FROM: 'whatsapp:+14155238886',
  API_KEYS_SHOP: SHOP_KEY,
  API_KEYS_ADMIN: ADMIN_KEY,
  API_KEYS_COUNTER: COUNTER_KEY,
  CRON_SECRET,
  // No tick but those that are asked for.
  REMINDER_CRON: '0 0 1 1 *',
  RATE_LIMIT_ORDERS: '0',
  RATE_LIMIT_LINKS: '0',
  RATE_LIMIT_REFUSALS: '0',
  RATE_LIMIT_UNPAID_PER_NUMBER: '0',
  RATE_LIMIT_UNPAID_PER_PREFIX: '0',
  RATE_LIMIT_UNPAID_PER_DAY: '0',
  RATE_LIMIT_WHATSAPP_PER_SECOND: '0',
});

export const limitEnvironment = ({ port, databaseUrl, providersUrl }: Place): Environment => ({
  PORT: String(port),
  DATABASE_URL: databaseUrl,
  PROVIDERS_URL: providersUrl,
  WEBHOOK_SECRET,
});
