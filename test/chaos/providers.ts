import Stripe from 'stripe';
import { MailDouble } from '../../src/sandbox/mail-double/mail-double.js';
import { StripeDouble } from '../../src/sandbox/stripe-double/stripe-double.js';
import { TwilioDouble } from '../../src/sandbox/twilio-double/twilio-double.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { APP_URL, SECRETS } from './identity.js';

/** Short pauses, and so many that no outage of the storm outlasts them. */
const WEBHOOK_PAUSES_MS = [500, 1_000, 2_000, ...Array.from({ length: 500 }, () => 3_000)];

/** The providers, each behind a line that can be disturbed; they themselves never fail. */
export interface Providers {
  readonly stripe: StripeDouble;
  /** Stripe's API past the line, for whoever is not the shop. */
  readonly stripeApi: Stripe;
  readonly twilio: TwilioDouble;
  readonly mail: MailDouble;
  readonly lines: Readonly<Record<'stripe' | 'twilio' | 'mail', TcpProxy>>;
  stop(): Promise<void>;
}

/** Webhooks, callbacks and the fetching of images go to whichever instance `someUrl` names. */
export async function startProviders(someUrl: () => string): Promise<Providers> {
  let stripeUrl = '';
  const [stripe, twilio, mail] = await Promise.all([
    StripeDouble.start({
      secretKey: SECRETS.stripeSecretKey,
      webhookSecret: SECRETS.stripeWebhookSecret,
      webhookUrl: () => `${someUrl()}/api/webhook/stripe`,
      deliver: 'auto',
      retryDelaysMs: WEBHOOK_PAUSES_MS,
      publicUrl: () => stripeUrl,
    }),
    TwilioDouble.start({
      accountSid: SECRETS.twilioAccountSid,
      authToken: SECRETS.twilioAuthToken,
      deliver: 'auto',
      reach: (publicUrl) => publicUrl.replace(APP_URL, someUrl()),
    }),
    MailDouble.start(),
  ]);
  const lines = {
    stripe: await TcpProxy.to(stripe.url),
    twilio: await TcpProxy.to(twilio.url),
    mail: await TcpProxy.to(mail.url),
  };
  stripeUrl = new URL(lines.stripe.through(stripe.url)).origin;
  const { hostname: host, port } = new URL(stripe.url);
  return {
    stripe,
    stripeApi: new Stripe(SECRETS.stripeSecretKey, {
      host,
      port,
      protocol: 'http',
      telemetry: false,
    }),
    twilio,
    mail,
    lines,
    stop: async () => {
      await Promise.all(Object.values(lines).map((line) => line.cut()));
      await Promise.all([stripe.stop(), twilio.stop(), mail.stop()]);
    },
  };
}
