/** What a customer's reply carries beside its text. */
export interface InboundOptions {
  /** The shop's address; by default the one that last wrote to this person. */
  readonly to?: string;
  readonly profileName?: string;
  readonly buttonPayload?: string;
  /** Sign with another token, to forge. */
  readonly authToken?: string;
  readonly extra?: Readonly<Record<string, string>>;
}

/** twilio.com/docs/messaging/guides/webhook-request */
export function inboundParams(
  message: { sid: string; accountSid: string; from: string; to: string; body: string },
  options: InboundOptions,
): Record<string, string> {
  const number = message.from.replace('whatsapp:', '');
  const whatsapp: Record<string, string> = message.from.startsWith('whatsapp:')
    ? { WaId: number.slice(1), ProfileName: options.profileName ?? 'Client', MessageType: 'text' }
    : {};
  return {
    AccountSid: message.accountSid,
    ApiVersion: '2010-04-01',
    Body: message.body,
    From: message.from,
    MessageSid: message.sid,
    NumMedia: '0',
    NumSegments: '1',
    SmsMessageSid: message.sid,
    SmsSid: message.sid,
    SmsStatus: 'received',
    To: message.to,
    ...whatsapp,
    ...(options.buttonPayload ? { ButtonPayload: options.buttonPayload } : {}),
    ...options.extra,
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&amp;': '&',
};

/** The texts that a TwiML answer asks Twilio to send back (twilio.com/docs/messaging/twiml). */
export function repliesOf(twiml: string): string[] {
  return [...twiml.matchAll(/<Message[^>]*>([\s\S]*?)<\/Message>/g)]
    .map(([, inner = '']) => /<Body>([\s\S]*?)<\/Body>/.exec(inner)?.[1] ?? inner)
    .map((text) => text.replace(/&(?:lt|gt|quot|apos|#39|amp);/g, (one) => ENTITIES[one] ?? one))
    .map((text) => text.trim());
}
