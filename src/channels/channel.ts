/** The ways a message can leave the shop. */
export const CHANNELS = ['whatsapp', 'email', 'sms'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** An inline image of an e-mail, shown by `cid:<contentId>` in its HTML. */
export interface InlineImage {
  readonly contentId: string;
  readonly filename: string;
  readonly png: Buffer;
}

/** A rendered message, ready to leave. */
export interface OutboundMessage {
  /** Id of the notification row: travels with the message so that its fate can be told later. */
  readonly notificationId: string;
  /** E.164 for WhatsApp and SMS, an address for e-mail. */
  readonly to: string;
  readonly text: string;
  /** Public URL of an image the provider fetches (WhatsApp). */
  readonly mediaUrl?: string;
  /** E-mail only. */
  readonly subject?: string;
  /** E-mail only. */
  readonly html?: string;
  /** E-mail only. */
  readonly inlineImages?: readonly InlineImage[];
}

/**
 * What became of one attempt.
 * - `accepted`: the provider took it under `providerId`.
 * - `rejected`: refused for good on this channel; trying again cannot help.
 * - `try_later`: surely not sent; may be tried again after a pause.
 * - `ambiguous`: may or may not have been sent (the request left, no answer came): look it up before sending again.
 */
export type SendOutcome =
  | { readonly result: 'accepted'; readonly providerId: string }
  | { readonly result: 'rejected' | 'try_later' | 'ambiguous'; readonly errorCode: string };

/** What the provider says became of a message it took; its own words. */
export interface MessageFate {
  readonly status: string;
  readonly errorCode: string | null;
}

/** One way out of the shop; implementations hold the vendor's SDK and never throw for a failed send. */
export interface Channel {
  readonly name: ChannelName;
  /** False when the configuration has no sender for it: nothing is then queued for this channel. */
  readonly enabled: boolean;
  send(message: OutboundMessage): Promise<SendOutcome>;
  /**
   * Looks for an earlier attempt of this message at the provider, since an instant (UTC). `others` are
   * provider ids that belong to other messages, which may read alike.
   * Answers its provider id, null when it surely was not sent, `unknown` when that cannot be told.
   */
  find(
    message: OutboundMessage,
    since: Date,
    others: readonly string[],
  ): Promise<string | null | 'unknown'>;
  /** `missing`: the provider has no such message; `unknown`: it cannot be asked. */
  fateOf(providerId: string): Promise<MessageFate | 'missing' | 'unknown'>;
}

/** Injection token of the list of every channel. */
export const ALL_CHANNELS = Symbol('ALL_CHANNELS');
