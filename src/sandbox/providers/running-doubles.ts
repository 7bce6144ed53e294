import { join } from 'node:path';
import type { AppConfig } from '../../config/app-config.js';
import { MailDouble } from '../mail-double/mail-double.js';
import { StripeDouble } from '../stripe-double/stripe-double.js';
import { TwilioDouble } from '../twilio-double/twilio-double.js';
import type { ApplicationAddress } from './application-address.js';
import { FileSnapshot } from './file-snapshot.js';
import { onFreePort } from './free-port.js';
import { portOf, type ProviderUrls } from './provider-marker.js';

const STRIPE_PORT = 12_111;
const TWILIO_PORT = 12_112;
const MAIL_PORT = 12_125;

/** The doubles of this process; null for a provider that the configuration has keys for. */
export class RunningDoubles {
  stripe: StripeDouble | null = null;
  twilio: TwilioDouble | null = null;
  mail: MailDouble | null = null;
  private readonly snapshots: FileSnapshot[] = [];

  private constructor(private readonly dataDir: string) {}

  /** `earlier`: where they were the last time. The same ports keep the links that were sent out alive. */
  static async start(
    config: AppConfig,
    address: ApplicationAddress,
    earlier: ProviderUrls | null,
  ): Promise<RunningDoubles> {
    const { sandbox } = config;
    const doubles = new RunningDoubles(config.database.dataDir);
    try {
      if (sandbox.stripe) await doubles.startStripe(config, address, portOf(earlier?.stripe));
      if (sandbox.twilio) await doubles.startTwilio(config, address, portOf(earlier?.twilio));
      if (sandbox.mail) await doubles.startMail(portOf(earlier?.mail));
    } catch (error) {
      await doubles.stop();
      throw error;
    }
    return doubles;
  }

  get urls(): ProviderUrls {
    return {
      stripe: this.stripe?.url ?? null,
      twilio: this.twilio?.url ?? null,
      mail: this.mail?.url ?? null,
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.stripe?.stop(), this.twilio?.stop(), this.mail?.stop()]);
    for (const snapshot of this.snapshots) snapshot.flush();
  }

  private async startStripe(
    { stripe, shop }: AppConfig,
    address: ApplicationAddress,
    earlierPort: number | null,
  ): Promise<void> {
    const options = {
      secretKey: stripe.secretKey,
      webhookSecret: stripe.webhookSecrets[0] ?? '',
      webhookUrl: () => address.stripeWebhook,
      deliver: 'auto',
      appName: shop.name,
      snapshot: this.snapshotOf('stripe'),
    } as const;
    this.stripe = await onFreePort([earlierPort, STRIPE_PORT], (port) =>
      StripeDouble.start({ ...options, port }),
    );
  }

  private async startTwilio(
    { twilio }: AppConfig,
    address: ApplicationAddress,
    earlierPort: number | null,
  ): Promise<void> {
    const options = {
      accountSid: twilio.accountSid,
      authToken: twilio.authToken,
      deliver: 'auto',
      inboundUrl: () => address.twilioInbound,
      reach: (publicUrl: string) => address.reach(publicUrl),
      snapshot: this.snapshotOf('twilio'),
    } as const;
    this.twilio = await onFreePort([earlierPort, TWILIO_PORT], (port) =>
      TwilioDouble.start({ ...options, port }),
    );
  }

  private async startMail(earlierPort: number | null): Promise<void> {
    const snapshot = this.snapshotOf('mail');
    this.mail = await onFreePort([earlierPort, MAIL_PORT], (port) =>
      MailDouble.start({ port, snapshot }),
    );
  }

  private snapshotOf(name: string): FileSnapshot {
    const snapshot = new FileSnapshot(join(this.dataDir, `sandbox-${name}.json`));
    this.snapshots.push(snapshot);
    return snapshot;
  }
}
