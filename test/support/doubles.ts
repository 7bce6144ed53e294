import type { AppConfig } from '../../src/config/app-config.js';
import { MailDouble } from '../../src/sandbox/mail-double/mail-double.js';
import { StripeDouble } from '../../src/sandbox/stripe-double/stripe-double.js';
import { TwilioDouble } from '../../src/sandbox/twilio-double/twilio-double.js';

/** The providers of one test file, on real sockets. */
export interface Doubles {
  readonly stripe: StripeDouble;
  readonly twilio: TwilioDouble;
  readonly mail: MailDouble;
  stop(): Promise<void>;
}

/** Nothing happens by itself: a test delivers each webhook and callback when it wants to. */
export async function startDoubles(config: AppConfig, appUrl: () => string): Promise<Doubles> {
  const [stripe, twilio, mail] = await Promise.all([
    StripeDouble.start({
      secretKey: config.stripe.secretKey,
      webhookSecret: config.stripe.webhookSecrets[0]!,
      webhookUrl: () => `${appUrl()}/api/webhook/stripe`,
      deliver: 'manual',
    }),
    TwilioDouble.start({
      accountSid: config.twilio.accountSid,
      authToken: config.twilio.authToken,
      deliver: 'manual',
      reach: (publicUrl) => publicUrl.replace(config.http.appUrl, appUrl()),
    }),
    MailDouble.start(),
  ]);
  return {
    stripe,
    twilio,
    mail,
    stop: async () => {
      await Promise.all([stripe.stop(), twilio.stop(), mail.stop()]);
    },
  };
}

/** The same configuration, pointed at the doubles. */
export const pointedAt = (config: AppConfig, doubles: Doubles): AppConfig => ({
  ...config,
  stripe: { ...config.stripe, apiBaseUrl: doubles.stripe.url },
  twilio: { ...config.twilio, apiBaseUrl: doubles.twilio.url },
  mail: { ...config.mail, smtpUrl: doubles.mail.url },
});
