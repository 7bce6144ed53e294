import { signedPost } from './signed-post.js';
import {
  isWhatsapp,
  type CallbackAttempt,
  type TwilioMessage,
  type TwilioMessageStatus,
} from './twilio-message.js';

/** How a status callback is sent by hand: it says what it is told to, whatever the message's state. */
export interface CallbackOptions {
  readonly errorCode?: number;
  readonly times?: number;
  /** All at once instead of one after the other. */
  readonly concurrently?: boolean;
  /** Sign with another token, to forge. */
  readonly authToken?: string;
  /** More parameters, signed with the rest, as Twilio may add at any time. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** What the posts need. */
export interface CallbackContext {
  readonly authToken: string;
  readonly reach: (publicUrl: string) => string;
  readonly stopped: AbortSignal;
}

/** twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks */
export function callbackParams(
  message: TwilioMessage,
  status: TwilioMessageStatus,
  { errorCode, extra }: CallbackOptions = {},
): Record<string, string> {
  const whatsapp = isWhatsapp(message.to)
    ? {
        ChannelPrefix: 'whatsapp',
        ChannelToAddress: message.to,
        ChannelInstallSid: 'XEcc20d939f803ee381f2442185d0d5dc5',
        ...(status === 'read' ? { EventType: 'READ' } : {}),
      }
    : {};
  return {
    AccountSid: message.accountSid,
    ApiVersion: '2010-04-01',
    From: message.from ?? '',
    MessageSid: message.sid,
    MessageStatus: status,
    SmsSid: message.sid,
    SmsStatus: status,
    To: message.to,
    ...(message.messagingServiceSid ? { MessagingServiceSid: message.messagingServiceSid } : {}),
    ...(errorCode ? { ErrorCode: String(errorCode) } : {}),
    ...whatsapp,
    ...extra,
  };
}

/** Posts a status to the message's StatusCallback; nothing when it has none. */
export async function sendStatusCallbacks(
  message: TwilioMessage,
  status: TwilioMessageStatus,
  options: CallbackOptions,
  context: CallbackContext,
): Promise<CallbackAttempt[]> {
  const { statusCallback: url } = message;
  if (url === null) return [];
  const params = callbackParams(message, status, options);
  const send = async (): Promise<CallbackAttempt> => {
    const authToken = options.authToken ?? context.authToken;
    const attempt = await signedPost({ url, params, authToken }, context.reach, context.stopped);
    message.callbacks.push(attempt);
    return attempt;
  };
  const times = options.times ?? 1;
  if (options.concurrently) return Promise.all(Array.from({ length: times }, send));
  const attempts: CallbackAttempt[] = [];
  for (let n = 0; n < times; n += 1) attempts.push(await send());
  return attempts;
}
