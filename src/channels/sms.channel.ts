import { Injectable } from '@nestjs/common';

import { AppConfig } from '../config/app-config.js';
import type { Channel, MessageFate, OutboundMessage, SendOutcome } from './channel.js';
import { TwilioMessageSender, type TwilioMessage } from './twilio-message.sender.js';

/** SMS through Twilio; off when no SMS sender is configured. */
@Injectable()
export class SmsChannel implements Channel {
  readonly name = 'sms';
  readonly enabled: boolean;

  constructor(
    private readonly config: AppConfig,
    private readonly sender: TwilioMessageSender,
  ) {
    this.enabled = Boolean(config.twilio.smsFrom);
  }

  async send(message: OutboundMessage): Promise<SendOutcome> {
    const addressed = this.address(message);
    return addressed
      ? this.sender.send(addressed)
      : { result: 'rejected', errorCode: 'channel_disabled' };
  }

  async find(
    message: OutboundMessage,
    since: Date,
    others: readonly string[],
  ): Promise<string | null | 'unknown'> {
    const addressed = this.address(message);
    return addressed ? this.sender.find(addressed, since, others) : null;
  }

  fateOf(providerId: string): Promise<MessageFate | 'missing' | 'unknown'> {
    return this.sender.fateOf(providerId);
  }

  /** There is no MMS to French numbers: the link of an image goes below the text instead. */
  private address(message: OutboundMessage): TwilioMessage | null {
    const { notificationId, to, text, mediaUrl } = message;
    const from = this.config.twilio.smsFrom;
    if (!from) return null;
    return {
      notificationId,
      from,
      to,
      text: mediaUrl ? `${text}\n\n${mediaUrl}` : text,
      mediaUrl: null,
    };
  }
}
