import { randomBytes } from 'node:crypto';
import { twilioError } from './twilio-error.js';

/** What Twilio fetched from a MediaUrl. */
export interface TwilioMedia {
  readonly url: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** One signed POST to the application and its answer; `status` is null when none came. */
export interface CallbackAttempt {
  readonly at: Date;
  readonly params: Readonly<Record<string, string>>;
  readonly status: number | null;
  readonly body: string;
}

/** twilio.com/docs/messaging/api/message-resource#message-status-values */
export type TwilioMessageStatus =
  | 'accepted'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'undelivered'
  | 'failed'
  | 'received';

/** A message as the double keeps it; instants in UTC. */
export interface TwilioMessage {
  readonly sid: string;
  readonly accountSid: string;
  readonly direction: 'outbound-api' | 'outbound-reply' | 'inbound';
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly body: string;
  readonly contentSid: string | null;
  readonly contentVariables: string | null;
  readonly mediaUrls: readonly string[];
  readonly statusCallback: string | null;
  readonly at: Date;
  media: TwilioMedia[];
  status: TwilioMessageStatus;
  errorCode: number | null;
  updatedAt: Date;
  readonly callbacks: CallbackAttempt[];
}

/** `SM…` for text, `MM…` for media. */
export const newMessageSid = (prefix: 'SM' | 'MM'): string =>
  prefix + randomBytes(16).toString('hex');

export const isWhatsapp = (address: string | null): boolean =>
  address?.startsWith('whatsapp:') ?? false;

/** `Fri, 24 May 2019 17:44:46 +0000` */
const rfc2822 = (instant: Date): string => instant.toUTCString().replace('GMT', '+0000');

// The GSM 03.38 alphabet: anything else makes every segment shorter.
const GSM_7 =
  /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Za-z_£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà^{}\\[~\]|€]*$/;

function segments(body: string): number {
  const [single, joined] = GSM_7.test(body) ? [160, 153] : [70, 67];
  return body.length <= single ? 1 : Math.ceil(body.length / joined);
}

/**
 * The message as the API shows it. `date_sent` is set from the start, as in Twilio's own examples of
 * queued messages, so that a list filtered by it finds them.
 */
export function messageResource(message: TwilioMessage): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}`;
  return {
    account_sid: message.accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: rfc2822(message.at),
    date_sent: rfc2822(message.at),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: message.errorCode === null ? null : twilioError(message.errorCode).message,
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.mediaUrls.length),
    num_segments: isWhatsapp(message.to) ? '1' : String(segments(message.body)),
    price: null,
    price_unit: null,
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}

/** JSON in and out, for a snapshot. */
export type StoredTwilioMessage = ReturnType<typeof storeMessage>;

export const storeMessage = (message: TwilioMessage) => ({
  ...message,
  at: message.at.toISOString(),
  updatedAt: message.updatedAt.toISOString(),
  media: message.media.map((one) => ({ ...one, bytes: one.bytes.toString('base64') })),
  callbacks: message.callbacks.map((one) => ({ ...one, at: one.at.toISOString() })),
});

export const restoreMessage = (stored: StoredTwilioMessage): TwilioMessage => ({
  ...stored,
  at: new Date(stored.at),
  updatedAt: new Date(stored.updatedAt),
  media: stored.media.map((one) => ({ ...one, bytes: Buffer.from(one.bytes, 'base64') })),
  callbacks: stored.callbacks.map((one) => ({ ...one, at: new Date(one.at) })),
});
