import {
  SANDBOX_ADMIN_KEY,
  SANDBOX_CRON_SECRET,
  SANDBOX_STRIPE_SECRET_KEY,
  SANDBOX_STRIPE_WEBHOOK_SECRET,
  SANDBOX_TWILIO_AUTH_TOKEN,
} from '../../src/config/sandbox-defaults.js';

/** Customers whose every detail is found again wherever it should not be. */
export const PEOPLE = [
  {
    phoneNumber: '+590690740001',
    firstName: 'Zéphirine',
    lastName: 'Canarillon',
    email: 'zephirine.canarillon@example.com',
    locale: 'fr',
  },
  {
    phoneNumber: '+590690740002',
    firstName: 'Ouranos',
    lastName: 'Serinette',
    email: 'ouranos.serinette@example.com',
    locale: 'en',
  },
  { phoneNumber: '+590690740003', firstName: 'Philomèle', lastName: 'Passereau', locale: 'fr' },
  { phoneNumber: '+590690740004', firstName: 'Hirondine', locale: 'en' },
] as const;

/** By a name that may be told. */
export const CANARIES: Readonly<Record<string, string>> = {
  'the secret key of Stripe': SANDBOX_STRIPE_SECRET_KEY,
  'the webhook secret': SANDBOX_STRIPE_WEBHOOK_SECRET,
  'the token of Twilio': SANDBOX_TWILIO_AUTH_TOKEN,
  'the admin key': SANDBOX_ADMIN_KEY,
  'the cron secret': SANDBOX_CRON_SECRET,
  ...Object.fromEntries(
    PEOPLE.flatMap((person, index) =>
      Object.entries(person)
        .filter(([field]) => field !== 'locale')
        .map(([field, text]) => [`the ${field} of customer ${index + 1}`, text]),
    ),
  ),
};
