import type { MailMessage } from '../mail-double/mail-message.js';
import type { TwilioMessage } from '../twilio-double/twilio-message.js';
import type { RunningDoubles } from './running-doubles.js';

/** A message as the customer's phone shows it. Instants are ISO 8601 UTC. */
export interface PhoneMessage {
  readonly id: string;
  readonly at: string;
  readonly channel: 'whatsapp' | 'sms';
  /** Written by the customer. */
  readonly inbound: boolean;
  readonly text: string;
  /** Twilio's word: `sent`, `delivered`, `read`, `failed` … */
  readonly status: string;
  readonly errorCode: number | null;
  /** Content types of its pictures; which one is told by its place. */
  readonly media: readonly string[];
}

export interface PhoneMail {
  /** Its place in the mailbox, from 0. */
  readonly id: number;
  readonly at: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** How many pictures it carries. */
  readonly pictures: number;
}

export interface PhoneView {
  /** E.164; null until somebody was written to. */
  readonly number: string | null;
  /** Every number with a conversation, the latest first. */
  readonly numbers: readonly string[];
  /** The conversation with `number`, oldest first. */
  readonly messages: readonly PhoneMessage[];
  /** Newest first. */
  readonly mails: readonly PhoneMail[];
}

const MESSAGES_SHOWN = 100;
const MAILS_SHOWN = 30;
const NUMBERS_SHOWN = 20;

/** The phone of `wanted`, or of whoever was written to last. */
export function phoneView({ twilio, mail }: RunningDoubles, wanted: string | null): PhoneView {
  const all = twilio?.messages ?? [];
  const numbers = [...new Set(all.toReversed().map(personOf))].slice(0, NUMBERS_SHOWN);
  const number = wanted ?? numbers[0] ?? null;
  return {
    number,
    numbers,
    messages: all
      .filter((message) => personOf(message) === number && isComplete(message))
      .slice(-MESSAGES_SHOWN)
      .map(phoneMessage),
    mails: (mail?.messages ?? []).map(phoneMail).slice(-MAILS_SHOWN).toReversed(),
  };
}

const bare = (address: string | null): string => (address ?? '').replace('whatsapp:', '');

const personOf = ({ direction, from, to }: TwilioMessage): string =>
  bare(direction === 'inbound' ? from : to);

/** A picture is fetched before the message leaves; one that cannot be fetched fails it. */
const isComplete = ({ media, mediaUrls, status }: TwilioMessage): boolean =>
  media.length === mediaUrls.length || status === 'failed';

const phoneMessage = (message: TwilioMessage): PhoneMessage => ({
  id: message.sid,
  at: message.at.toISOString(),
  channel: message.to.startsWith('whatsapp:') ? 'whatsapp' : 'sms',
  inbound: message.direction === 'inbound',
  text: message.body,
  status: message.status,
  errorCode: message.errorCode,
  media: message.media.map(({ contentType }) => contentType),
});

const phoneMail = (mail: MailMessage, id: number): PhoneMail => ({
  id,
  at: mail.at.toISOString(),
  to: mail.to.join(', '),
  subject: mail.subject,
  text: mail.text ?? '',
  pictures: mail.attachments.length,
});
