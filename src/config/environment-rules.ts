import type { SandboxConfig } from './app-config.js';
import type { Environment, VariableName } from './environment.js';
import { SANDBOX_SECRETS } from './sandbox-defaults.js';

const MIN_PRODUCTION_SECRET_LENGTH = 16;

const STRIPE_SECRETS = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;
const TWILIO_SECRETS = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_WHATSAPP_FROM'] as const;
const OWN_SECRETS = ['CRON_SECRET', 'API_KEYS_ADMIN', 'API_KEYS_SHOP', 'API_KEYS_COUNTER'] as const;
const API_KEYS = ['API_KEYS_ADMIN', 'API_KEYS_SHOP', 'API_KEYS_COUNTER'] as const;

export const listed = (text: string | undefined): string[] =>
  text === undefined ? [] : text.split(',').map((item) => item.trim());

/** Which providers the sandbox stands in for: those without a key, never in production. */
export function sandboxOf(environment: Environment): SandboxConfig {
  const isAllowed = environment.NODE_ENV !== 'production';
  const stripe = isAllowed && environment.STRIPE_SECRET_KEY === undefined;
  const twilio = isAllowed && environment.TWILIO_ACCOUNT_SID === undefined;
  return { stripe, twilio, mail: twilio && environment.SMTP_URL === undefined };
}

/** What the variables ask of each other, one line a fault. */
export function faultsBetween(environment: Environment): string[] {
  const isProduction = environment.NODE_ENV === 'production';
  return [
    ...missing(environment, isProduction),
    ...sharedKeys(environment),
    ...otherMode(environment),
    ...shortArchive(environment),
    ...(isProduction ? refusedInProduction(environment) : []),
  ];
}

function missing(environment: Environment, isProduction: boolean): string[] {
  const { stripe, twilio, mail } = sandboxOf(environment);
  const required: (readonly [VariableName, string])[] = [];
  const require = (names: readonly VariableName[], why: string): void => {
    required.push(...names.map((name) => [name, why] as const));
  };
  const inProduction = 'must be set in production';
  if (!stripe)
    require(STRIPE_SECRETS, isProduction ? inProduction : 'must be set: a Stripe key is');
  if (!twilio)
    require(TWILIO_SECRETS, isProduction ? inProduction : 'must be set: a Twilio account is');
  if (!stripe && !twilio && !mail) {
    require(OWN_SECRETS, isProduction ? inProduction : 'must be set: no provider is the sandbox');
  }
  if (environment.STRIPE_API_BASE_URL) {
    require([
      'STRIPE_SECRET_KEY',
    ], 'must be set when STRIPE_API_BASE_URL is, for example to sk_test_123');
  }
  if (environment.TWILIO_API_BASE_URL) {
    require(['TWILIO_ACCOUNT_SID'], 'must be set when TWILIO_API_BASE_URL is');
  }
  if (environment.SMTP_URL) require(['MAIL_FROM'], 'must be set when SMTP_URL is');
  if (environment.DIRECT_URL) require(['DATABASE_URL'], 'must be set when DIRECT_URL is');
  // One line a variable, with the first reason.
  const reasons = new Map(required.toReversed());
  return [...new Set(required.map(([name]) => name))]
    .filter((name) => environment[name] === undefined)
    .map((name) => `${name}: ${reasons.get(name)}`);
}

function sharedKeys(environment: Environment): string[] {
  const roles = API_KEYS.map((name) => ({ name, keys: new Set(listed(environment[name])) }));
  return roles.flatMap(({ name, keys }, position) =>
    roles
      .slice(position + 1)
      .filter((other) => [...keys].some((key) => other.keys.has(key)))
      .map((other) => `${other.name}: must not hold a key of ${name}: one key, one role`),
  );
}

function otherMode({ STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY }: Environment): string[] {
  if (STRIPE_SECRET_KEY === undefined || STRIPE_PUBLISHABLE_KEY === undefined) return [];
  return isLive(STRIPE_SECRET_KEY) === isLive(STRIPE_PUBLISHABLE_KEY)
    ? []
    : ['STRIPE_PUBLISHABLE_KEY: must be of the same mode, test or live, as STRIPE_SECRET_KEY'];
}

/** What may be archived must not be older than what the archive drops. */
function shortArchive(environment: Environment): string[] {
  const years = Number(environment.RETENTION_ARCHIVE_YEARS);
  const months = Math.max(
    Number(environment.RETENTION_ORDERS_MONTHS),
    Number(environment.RETENTION_MESSAGES_MONTHS),
  );
  return years > 0 && months >= years * 12
    ? ['RETENTION_ARCHIVE_YEARS: must be longer than the months after which things are archived']
    : [];
}

/** Whether a key of Stripe moves real money. */
export const isLive = (key: string): boolean => /^[srp]k_live_/.test(key);

function refusedInProduction(environment: Environment): string[] {
  const secrets = [...STRIPE_SECRETS, 'TWILIO_AUTH_TOKEN', ...OWN_SECRETS] as const;
  const isShort = (name: VariableName): boolean =>
    listed(environment[name]).some((secret) => secret.length < MIN_PRODUCTION_SECRET_LENGTH);
  const isPublic = (name: VariableName): boolean =>
    listed(environment[name]).some((secret) => SANDBOX_SECRETS.has(secret));
  const doubles = ['STRIPE_API_BASE_URL', 'TWILIO_API_BASE_URL'] as const;
  return [
    ...(environment.APP_URL?.startsWith('https://') === true
      ? []
      : ['APP_URL: must be set to an https URL in production']),
    ...doubles
      .filter((name) => environment[name] !== undefined)
      .map((name) => `${name}: must not be set in production`),
    ...secrets
      .filter(isShort)
      .map(
        (name) =>
          `${name}: must have at least ${MIN_PRODUCTION_SECRET_LENGTH} characters in production`,
      ),
    ...[...secrets, 'TWILIO_ACCOUNT_SID' as const, 'STRIPE_PUBLISHABLE_KEY' as const]
      .filter(isPublic)
      .map((name) => `${name}: must not be the sandbox's public value in production`),
  ];
}
