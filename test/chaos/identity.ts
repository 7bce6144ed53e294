import { randomBytes } from 'node:crypto';

/** What links say; the doubles know that it is one of the processes. */
export const APP_URL = 'http://shop.test';
export const POOL_SIZE = 10;

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Drawn anew for each run, so that the logs can be searched for them. */
export const SECRETS = {
  stripeSecretKey: `sk_test_${hex(16)}`,
  stripeWebhookSecret: `whsec_${hex(16)}`,
  twilioAccountSid: `AC${hex(16)}`,
  twilioAuthToken: hex(16),
  cronSecret: hex(24),
  adminKey: hex(24),
  shopKey: hex(24),
  counterKey: hex(24),
} as const;

/** In every customer's names and address, and nowhere else. */
const MARK = `zq${hex(5)}`;
const PHONE_PREFIX = '+590690';

export interface Customer {
  readonly phoneNumber: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email?: string;
}

export const customerNumber = (n: number, hasEmail: boolean): Customer => ({
  phoneNumber: `${PHONE_PREFIX}${String(100_000 + n)}`,
  firstName: `Aline${MARK}`,
  lastName: `Moreau${MARK}`,
  ...(hasEmail && { email: `aline.${n}@${MARK}.example` }),
});

/** What no log may say, by what it is. */
export const CANARIES: Readonly<Record<string, string>> = {
  'a name or an e-mail address': MARK,
  'a phone number': PHONE_PREFIX,
  'a payment URL': '/c/pay/',
  'a session id': 'cs_test_',
  "a pickup image's URL": `${APP_URL}/q/`,
  "Stripe's secret key": SECRETS.stripeSecretKey,
  'the webhook secret': SECRETS.stripeWebhookSecret,
  "Twilio's token": SECRETS.twilioAuthToken,
  'the cron secret': SECRETS.cronSecret,
  "the administrators' key": SECRETS.adminKey,
  "the shop's key": SECRETS.shopKey,
  "the counter's key": SECRETS.counterKey,
};
