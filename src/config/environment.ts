import { ValidateBy } from 'class-validator';
import * as rules from './variable-rules.js';

/** Checks a variable when it is set; `advice` completes its name and never shows its value. */
const Variable = (isUsable: rules.VariableRule, advice: string): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isUsable',
      validator: {
        validate: (value) => value === undefined || (typeof value === 'string' && isUsable(value)),
      },
    },
    { message: advice },
  );

const ORIGIN = 'must be an http(s) origin such as http://127.0.0.1:12111';
const POSTGRES = 'must be a postgres:// or postgresql:// URL';
const LINE = 'must be one line of at most 200 characters';
const PER_SECOND = 'must be a whole number of messages a second up to 10000, 0 for no limit';
const KEYS =
  'must be one or more keys of at least 32 characters, comma separated and without spaces; ' +
  'make one with `openssl rand -hex 24`';

const COUNT = 'must be a whole number up to 999999, 0 for no limit';

/**
 * The variables the application reads, as text, with their defaults. What one alone must look like is
 * said here; what they ask of each other in `environment-rules.ts`.
 */
export class Environment {
  @Variable(
    rules.oneOf('production', 'development', 'test'),
    'must be production, development or test',
  )
  NODE_ENV: string = 'development';

  @Variable(rules.oneOf('all', 'web', 'worker'), 'must be all, web or worker')
  PROCESS_ROLE: string = 'all';

  @Variable(
    rules.oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'must be trace, debug, info, warn, error, fatal or silent',
  )
  LOG_LEVEL: string = 'info';

  @Variable(rules.wholeNumber(0, 65_535), 'must be a port from 0 to 65535')
  PORT: string = '3000';

  @Variable(rules.hostName, 'must be an address to listen on such as 127.0.0.1 or 0.0.0.0')
  HOST: string = '127.0.0.1';

  @Variable(rules.baseUrl, 'must be the public http(s) URL of this application, without a query')
  APP_URL?: string = undefined;

  @Variable(
    rules.listOf(rules.network),
    'must be addresses or networks such as 10.0.0.0/8, comma separated and without spaces',
  )
  TRUST_PROXY?: string = undefined;

  @Variable(rules.urlOf('postgres', 'postgresql'), POSTGRES)
  DATABASE_URL?: string = undefined;

  @Variable(rules.urlOf('postgres', 'postgresql'), POSTGRES)
  DIRECT_URL?: string = undefined;

  @Variable(rules.line, LINE)
  DATA_DIR: string = '.data';

  @Variable(rules.wholeNumber(2, 100), 'must be a whole number from 2 to 100')
  DB_POOL_SIZE: string = '10';

  @Variable(rules.oneOf('on', 'off'), 'must be on or off')
  DB_PREPARED_STATEMENTS?: string = undefined;

  @Variable(
    rules.stripeSecretKey,
    'must start with sk_test_, sk_live_, rk_test_ or rk_live_, without spaces',
  )
  STRIPE_SECRET_KEY?: string = undefined;

  @Variable(
    rules.listOf(rules.stripeWebhookSecret),
    'must be one or more secrets that start with whsec_, comma separated and without spaces; ' +
      'remove the variable rather than leave it blank',
  )
  STRIPE_WEBHOOK_SECRET?: string = undefined;

  @Variable(rules.stripePublishableKey, 'must start with pk_test_ or pk_live_, without spaces')
  STRIPE_PUBLISHABLE_KEY?: string = undefined;

  @Variable(rules.origin, ORIGIN)
  STRIPE_API_BASE_URL?: string = undefined;

  @Variable(rules.listOf(rules.paymentMethod), 'must be names of payment methods such as card,alma')
  STRIPE_PAYMENT_METHODS: string = 'card';

  @Variable(rules.wholeNumber(35, 1_435), 'must be a whole number of minutes from 35 to 1435')
  CHECKOUT_TTL_MINUTES: string = '1435';

  @Variable(rules.twilioAccountSid, 'must be AC and 32 hexadecimal digits')
  TWILIO_ACCOUNT_SID?: string = undefined;

  @Variable(rules.secret, 'must have no space or line end')
  TWILIO_AUTH_TOKEN?: string = undefined;

  @Variable(rules.whatsappSender, 'must look like whatsapp:+14155238886')
  TWILIO_WHATSAPP_FROM?: string = undefined;

  @Variable(
    rules.smsSender,
    'must be a number such as +33700000000 or a name of 3 to 11 letters and digits',
  )
  TWILIO_SMS_FROM?: string = undefined;

  @Variable(rules.origin, ORIGIN)
  TWILIO_API_BASE_URL?: string = undefined;

  @Variable(rules.urlOf('smtp', 'smtps'), 'must be an smtp:// or smtps:// URL')
  SMTP_URL?: string = undefined;

  @Variable(rules.mailSender, 'must look like Shop <orders@shop.example>')
  MAIL_FROM?: string = undefined;

  @Variable(rules.wholeNumber(0, 10_000), PER_SECOND)
  RATE_LIMIT_WHATSAPP_PER_SECOND: string = '80';

  @Variable(rules.wholeNumber(0, 10_000), PER_SECOND)
  RATE_LIMIT_EMAIL_PER_SECOND: string = '0';

  @Variable(rules.urlOf('https'), 'must be an https URL')
  SLACK_WEBHOOK_URL?: string = undefined;

  @Variable(rules.secret, 'must have no space or line end')
  CRON_SECRET?: string = undefined;

  @Variable(rules.listOf(rules.longSecret), KEYS)
  API_KEYS_ADMIN?: string = undefined;

  @Variable(rules.listOf(rules.longSecret), KEYS)
  API_KEYS_SHOP?: string = undefined;

  @Variable(rules.listOf(rules.longSecret), KEYS)
  API_KEYS_COUNTER?: string = undefined;

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_ORDERS: string = '300';

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_LINKS: string = '300';

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_PICKUPS: string = '60';

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_PAGES: string = '300';

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_REFUSALS: string = '60';

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_UNPAID_PER_NUMBER?: string = undefined;

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_UNPAID_PER_PREFIX?: string = undefined;

  @Variable(rules.wholeNumber(0, 999_999), COUNT)
  RATE_LIMIT_UNPAID_PER_DAY?: string = undefined;

  @Variable(
    rules.cronExpression,
    'must be a cron expression of five or six fields such as 0 * * * *',
  )
  REMINDER_CRON: string = '0 * * * *';

  @Variable(rules.reminderSteps, 'must be ages below 24h in ascending order such as 30m,1h,6h')
  REMINDER_STEPS: string = '1h';

  @Variable(
    rules.wholeNumberOrZero(6, 600),
    'must be a number of months from 6 to 600, or 0 for never',
  )
  RETENTION_ORDERS_MONTHS: string = '18';

  @Variable(
    rules.wholeNumberOrZero(1, 600),
    'must be a number of months from 1 to 600, or 0 for never',
  )
  RETENTION_MESSAGES_MONTHS: string = '3';

  @Variable(
    rules.wholeNumberOrZero(1, 100),
    'must be a number of years from 1 to 100, or 0 for never',
  )
  RETENTION_ARCHIVE_YEARS: string = '10';

  @Variable(rules.wholeNumber(45, 9_999), 'must be a number of days from 45 to 9999')
  RETENTION_EVENTS_DAYS: string = '90';

  @Variable(rules.wholeNumber(2, 9_999), 'must be a number of days from 2 to 9999')
  RETENTION_KEYS_DAYS: string = '7';

  @Variable(rules.line, LINE)
  SHOP_NAME: string = 'GarageConnect';

  @Variable(rules.line, LINE)
  SHOP_ADDRESS: string = 'Zone industrielle de Jarry, 97122 Baie-Mahault|Guadeloupe';

  @Variable(rules.line, `${LINE}, with | between the lines of the message`)
  SHOP_HOURS: string = 'Lundi - Samedi : 8h - 18h|Dimanche : Fermé';

  @Variable(rules.timeZone, 'must be an IANA time zone such as America/Guadeloupe')
  SHOP_TIME_ZONE: string = 'America/Guadeloupe';
}

export type VariableName = keyof Environment;

/** Every variable, in the order above. */
export const VARIABLE_NAMES = Object.keys(new Environment()) as readonly VariableName[];
