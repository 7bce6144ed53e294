/** The whole configuration, read once at start and never changed: also its own injection token. */
export abstract class AppConfig {
  readonly environment: 'production' | 'development' | 'test';
  readonly processRole: ProcessRole;
  readonly http: HttpConfig;
  readonly database: DatabaseConfig;
  readonly stripe: StripeConfig;
  readonly twilio: TwilioConfig;
  readonly mail: MailConfig;
  readonly sending: SendingConfig;
  readonly slackWebhookUrl: string | null;
  readonly access: AccessConfig;
  readonly limits: LimitsConfig;
  readonly reminders: RemindersConfig;
  readonly retention: RetentionConfig;
  readonly shop: ShopConfig;
  readonly sandbox: SandboxConfig;
  readonly logLevel: string;
}

/** `web` answers HTTP only, `worker` runs timers and sends only, `all` does both. */
export type ProcessRole = 'all' | 'web' | 'worker';

export interface HttpConfig {
  readonly port: number;
  readonly host: string;
  /** Public base URL used in every link, without a trailing slash. */
  readonly appUrl: string;
  /** Addresses and networks whose X-Forwarded-For is believed; empty: nobody's. */
  readonly trustedProxies: readonly string[];
}

export interface DatabaseConfig {
  /** Null: the embedded PostgreSQL in `dataDir` is started. */
  readonly url: string | null;
  /** Without a pooler, for migrations; null: `url` is used. */
  readonly directUrl: string | null;
  readonly dataDir: string;
  readonly poolSize: number;
  /** Whether PostgreSQL keeps the plans of our statements; not through a pooler in transaction mode. */
  readonly preparesStatements: boolean;
}

export interface StripeConfig {
  readonly secretKey: string;
  /** Whether the secret key is a live one; an event of the other mode is never applied. */
  readonly livemode: boolean;
  readonly webhookSecrets: readonly string[];
  readonly publishableKey: string | null;
  /** Points the SDK at a double; null: Stripe itself. */
  readonly apiBaseUrl: string | null;
  readonly paymentMethods: readonly string[];
  /** Life of a payment link in minutes, 35 to 1435. */
  readonly checkoutTtlMinutes: number;
}

export interface TwilioConfig {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiBaseUrl: string | null;
  /** `whatsapp:+…` */
  readonly whatsappFrom: string;
  readonly smsFrom: string | null;
}

export interface MailConfig {
  /** Null: no e-mail is sent, and no message claims that one was. */
  readonly smtpUrl: string | null;
  readonly from: string;
}

/** Messages a second, of all processes together; 0: as fast as they can. */
export interface SendingConfig {
  readonly whatsappPerSecond: number;
  readonly emailPerSecond: number;
}

export interface AccessConfig {
  readonly adminKeys: readonly string[];
  readonly shopKeys: readonly string[];
  readonly counterKeys: readonly string[];
  readonly cronSecret: string;
}

/** What is counted per caller and minute; see RateLimits. */
export type LimitName = 'orders' | 'links' | 'pickups' | 'pages' | 'refusals';

/** Zero means no limit. */
export interface LimitsConfig {
  readonly perMinute: Readonly<Record<LimitName, number>>;
  /** Unpaid orders, since each of them sends messages: of one number a day. */
  readonly unpaidPerNumber: number;
  /** Of numbers with the same first digits an hour. */
  readonly unpaidPerPrefix: number;
  /** Of the whole shop a day. */
  readonly unpaidPerDay: number;
}

export interface RemindersConfig {
  readonly cron: string;
  /** Ages in minutes at which a pending order is reminded, ascending, never empty. */
  readonly stepMinutes: readonly number[];
}

/** How long things stay; zero means for ever. */
export interface RetentionConfig {
  /** Months without a change after which a finished order goes into the archive. */
  readonly ordersMonths: number;
  /** The same of a finished message. */
  readonly messagesMonths: number;
  /** Years the archive keeps a month after the end of its year. */
  readonly archiveYears: number;
  /** Days a Stripe event is remembered; never zero. */
  readonly eventsDays: number;
  /** Days a client's Idempotency-Key is remembered; never zero. */
  readonly keysDays: number;
}

export interface ShopConfig {
  readonly name: string;
  /** May have several lines. */
  readonly address: string;
  /** One line a rule, as printed in the messages. */
  readonly hours: readonly string[];
  /** IANA name. */
  readonly timeZone: string;
}

/** Which providers are replaced by the sandbox's doubles, because no keys were given for them. */
export interface SandboxConfig {
  readonly stripe: boolean;
  readonly twilio: boolean;
  readonly mail: boolean;
}

export const usesSandbox = ({ sandbox }: AppConfig): boolean =>
  sandbox.stripe || sandbox.twilio || sandbox.mail;
