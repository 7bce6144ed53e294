/**
 * What the sandbox runs on when no key of a provider is given. All of it is public: production
 * refuses every one of these values.
 */
export const SANDBOX_STRIPE_SECRET_KEY = 'sk_test_sandbox000000000000000000';
export const SANDBOX_STRIPE_WEBHOOK_SECRET = 'whsec_sandbox00000000000000000000';
export const SANDBOX_STRIPE_PUBLISHABLE_KEY = 'pk_test_sandbox000000000000000000';

export const SANDBOX_TWILIO_ACCOUNT_SID = `AC${'0'.repeat(32)}`;
export const SANDBOX_TWILIO_AUTH_TOKEN = 'sandbox-twilio-auth-token-000000';
/** Twilio's own shared sandbox sender (twilio.com/docs/whatsapp/sandbox). */
export const SANDBOX_TWILIO_WHATSAPP_FROM = 'whatsapp:+14155238886';

export const SANDBOX_ADMIN_KEY = 'sandbox-admin-key-0000000000000000';
export const SANDBOX_SHOP_KEY = 'sandbox-shop-key-00000000000000000';
export const SANDBOX_COUNTER_KEY = 'sandbox-counter-key-00000000000000';
export const SANDBOX_CRON_SECRET = 'sandbox-cron-secret-00000000000000';

/** `.example` is reserved (RFC 2606): no message sent from here can reach anybody. */
export const SANDBOX_MAIL_FROM = 'GarageConnect <commandes@garageconnect.example>';

export const SANDBOX_SECRETS: ReadonlySet<string> = new Set([
  SANDBOX_STRIPE_SECRET_KEY,
  SANDBOX_STRIPE_WEBHOOK_SECRET,
  SANDBOX_STRIPE_PUBLISHABLE_KEY,
  SANDBOX_TWILIO_ACCOUNT_SID,
  SANDBOX_TWILIO_AUTH_TOKEN,
  SANDBOX_ADMIN_KEY,
  SANDBOX_SHOP_KEY,
  SANDBOX_COUNTER_KEY,
  SANDBOX_CRON_SECRET,
]);
