import { validateSync } from 'class-validator';
import type { AppConfig, ProcessRole } from './app-config.js';
import { ConfigError } from './config-error.js';
import { faultsBetween, isLive, listed, sandboxOf } from './environment-rules.js';
import { Environment, VARIABLE_NAMES, type VariableName } from './environment.js';
import { reminderStepMinutes } from './reminder-steps.js';
import * as defaults from './sandbox-defaults.js';

/**
 * The configuration an environment describes. Throws a ConfigError that lists every fault at once;
 * call it before anything is started.
 */
export function loadAppConfig(env: NodeJS.ProcessEnv): AppConfig {
  const environment = readVariables(env);
  const faults = [...faultsOfEach(environment), ...faultsBetween(environment)];
  if (faults.length > 0) throw new ConfigError(faults);
  return appConfigOf(environment);
}

function readVariables(env: NodeJS.ProcessEnv): Environment {
  const environment = new Environment();
  for (const name of VARIABLE_NAMES) {
    const value = env[name];
    // Blank is unset, except where it would stand for "accept unsigned webhooks".
    const isSet = value !== undefined && (value.trim() !== '' || name === 'STRIPE_WEBHOOK_SECRET');
    if (isSet) environment[name] = value;
    // A test places more orders in a second than a shop in a day: it sets the limits it is about.
    else if (env['NODE_ENV'] === 'test' && isLimit(name)) environment[name] = '0';
  }
  return environment;
}

const isLimit = (name: string): name is Extract<VariableName, `RATE_LIMIT_${string}`> =>
  name.startsWith('RATE_LIMIT_');

const faultsOfEach = (environment: Environment): string[] =>
  validateSync(environment).flatMap(({ property, constraints = {} }) =>
    Object.values(constraints).map((advice) => `${property}: ${advice}`),
  );

function appConfigOf(environment: Environment): AppConfig {
  const sandbox = sandboxOf(environment);
  return {
    environment: environment.NODE_ENV as AppConfig['environment'],
    processRole: environment.PROCESS_ROLE as ProcessRole,
    logLevel: environment.LOG_LEVEL,
    http: {
      port: Number(environment.PORT),
      host: environment.HOST,
      appUrl: withoutSlash(environment.APP_URL ?? `http://localhost:${environment.PORT}`),
      trustedProxies: listed(environment.TRUST_PROXY),
    },
    database: {
      url: environment.DATABASE_URL ?? null,
      directUrl: environment.DIRECT_URL ?? null,
      dataDir: environment.DATA_DIR,
      poolSize: Number(environment.DB_POOL_SIZE),
      preparesStatements: preparesStatements(environment),
    },
    stripe: stripeConfigOf(environment, sandbox.stripe),
    twilio: twilioConfigOf(environment),
    mail: {
      smtpUrl: environment.SMTP_URL ?? null,
      from: environment.MAIL_FROM ?? defaults.SANDBOX_MAIL_FROM,
    },
    sending: {
      whatsappPerSecond: Number(environment.RATE_LIMIT_WHATSAPP_PER_SECOND),
      emailPerSecond: Number(environment.RATE_LIMIT_EMAIL_PER_SECOND),
    },
    slackWebhookUrl: environment.SLACK_WEBHOOK_URL ?? null,
    access: {
      adminKeys: listed(environment.API_KEYS_ADMIN ?? defaults.SANDBOX_ADMIN_KEY),
      shopKeys: listed(environment.API_KEYS_SHOP ?? defaults.SANDBOX_SHOP_KEY),
      counterKeys: listed(environment.API_KEYS_COUNTER ?? defaults.SANDBOX_COUNTER_KEY),
      cronSecret: environment.CRON_SECRET ?? defaults.SANDBOX_CRON_SECRET,
    },
    limits: limitsConfigOf(environment, sandbox.twilio),
    reminders: {
      cron: environment.REMINDER_CRON,
      stepMinutes: reminderStepMinutes(environment.REMINDER_STEPS) ?? [],
    },
    retention: {
      ordersMonths: Number(environment.RETENTION_ORDERS_MONTHS),
      messagesMonths: Number(environment.RETENTION_MESSAGES_MONTHS),
      archiveYears: Number(environment.RETENTION_ARCHIVE_YEARS),
      eventsDays: Number(environment.RETENTION_EVENTS_DAYS),
      keysDays: Number(environment.RETENTION_KEYS_DAYS),
    },
    shop: {
      name: environment.SHOP_NAME,
      address: linesOf(environment.SHOP_ADDRESS).join('\n'),
      hours: linesOf(environment.SHOP_HOURS),
      timeZone: environment.SHOP_TIME_ZONE,
    },
    sandbox,
  };
}

/** DIRECT_URL says that DATABASE_URL leads through a pooler, most of which lose prepared statements. */
const preparesStatements = ({ DB_PREPARED_STATEMENTS, DIRECT_URL }: Environment): boolean =>
  (DB_PREPARED_STATEMENTS ?? (DIRECT_URL === undefined ? 'on' : 'off')) === 'on';

/** The sandbox's keys stand in only where none is given, which the rules allow outside production. */
function stripeConfigOf(environment: Environment, isSandbox: boolean): AppConfig['stripe'] {
  const secretKey = environment.STRIPE_SECRET_KEY ?? defaults.SANDBOX_STRIPE_SECRET_KEY;
  const sandboxKey = isSandbox ? defaults.SANDBOX_STRIPE_PUBLISHABLE_KEY : null;
  return {
    secretKey,
    livemode: isLive(secretKey),
    webhookSecrets: listed(
      environment.STRIPE_WEBHOOK_SECRET ?? defaults.SANDBOX_STRIPE_WEBHOOK_SECRET,
    ),
    publishableKey: environment.STRIPE_PUBLISHABLE_KEY ?? sandboxKey,
    apiBaseUrl: environment.STRIPE_API_BASE_URL
      ? withoutSlash(environment.STRIPE_API_BASE_URL)
      : null,
    paymentMethods: listed(environment.STRIPE_PAYMENT_METHODS),
    checkoutTtlMinutes: Number(environment.CHECKOUT_TTL_MINUTES),
  };
}

const twilioConfigOf = (environment: Environment): AppConfig['twilio'] => ({
  accountSid: environment.TWILIO_ACCOUNT_SID ?? defaults.SANDBOX_TWILIO_ACCOUNT_SID,
  authToken: environment.TWILIO_AUTH_TOKEN ?? defaults.SANDBOX_TWILIO_AUTH_TOKEN,
  whatsappFrom: environment.TWILIO_WHATSAPP_FROM ?? defaults.SANDBOX_TWILIO_WHATSAPP_FROM,
  smsFrom: environment.TWILIO_SMS_FROM ?? null,
  apiBaseUrl: environment.TWILIO_API_BASE_URL
    ? withoutSlash(environment.TWILIO_API_BASE_URL)
    : null,
});

/** Unpaid orders are counted where their messages cost something, which the sandbox's do not. */
function limitsConfigOf(environment: Environment, isFree: boolean): AppConfig['limits'] {
  const cap = (text: string | undefined, usual: number) => Number(text ?? (isFree ? 0 : usual));
  return {
    perMinute: {
      orders: Number(environment.RATE_LIMIT_ORDERS),
      links: Number(environment.RATE_LIMIT_LINKS),
      pickups: Number(environment.RATE_LIMIT_PICKUPS),
      pages: Number(environment.RATE_LIMIT_PAGES),
      refusals: Number(environment.RATE_LIMIT_REFUSALS),
    },
    unpaidPerNumber: cap(environment.RATE_LIMIT_UNPAID_PER_NUMBER, 10),
    unpaidPerPrefix: cap(environment.RATE_LIMIT_UNPAID_PER_PREFIX, 100),
    unpaidPerDay: cap(environment.RATE_LIMIT_UNPAID_PER_DAY, 2_000),
  };
}

/** `|` parts lines, since a variable has one. */
const linesOf = (text: string): string[] => text.split('|').map((line) => line.trim());

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
