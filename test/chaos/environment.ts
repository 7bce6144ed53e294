import type { TcpProxy } from '../support/tcp-proxy.js';
import { APP_URL, POOL_SIZE, SECRETS } from './identity.js';
import type { Providers } from './providers.js';

/** The variables of every process: ordinary ones, for nothing is made easier for the storm's sake. */
export function environmentFor(databaseUrl: string, providers: Providers): NodeJS.ProcessEnv {
  const { stripe, twilio, mail, lines } = providers;
  return {
    NODE_ENV: 'test',
    TZ: 'UTC',
    LOG_LEVEL: 'debug',
    APP_URL,
    DATABASE_URL: databaseUrl,
    DB_POOL_SIZE: String(POOL_SIZE),
    STRIPE_SECRET_KEY: SECRETS.stripeSecretKey,
    STRIPE_WEBHOOK_SECRET: SECRETS.stripeWebhookSecret,
    STRIPE_API_BASE_URL: originThrough(lines.stripe, stripe.url),
    TWILIO_ACCOUNT_SID: SECRETS.twilioAccountSid,
    TWILIO_AUTH_TOKEN: SECRETS.twilioAuthToken,
    TWILIO_WHATSAPP_FROM: 'whatsapp:+14155238886',
    TWILIO_API_BASE_URL: originThrough(lines.twilio, twilio.url),
    SMTP_URL: lines.mail.through(mail.url),
    MAIL_FROM: 'GarageConnect <commandes@garageconnect.example>',
    CRON_SECRET: SECRETS.cronSecret,
    API_KEYS_ADMIN: SECRETS.adminKey,
    API_KEYS_SHOP: SECRETS.shopKey,
    API_KEYS_COUNTER: SECRETS.counterKey,
  };
}

const originThrough = (line: TcpProxy, url: string): string => new URL(line.through(url)).origin;
