import { Injectable } from '@nestjs/common';

import { AppConfig } from '../config/app-config.js';
import type { Channel, MessageFate, OutboundMessage, SendOutcome } from './channel.js';
import { TwilioMessageSender, type TwilioMessage } from './twilio-message.sender.js';

/** WhatsApp through Twilio, with the image as media that Twilio fetches. */
@Injectable()
export class WhatsappChannel implements Channel {
  readonly name = 'whatsapp';
  readonly enabled: boolean;

  constructor(
    private readonly config: AppConfig,
    private readonly sender: TwilioMessageSender,
  ) {
    this.enabled = config.twilio.whatsappFrom !== '';
  }

  send(message: OutboundMessage): Promise<SendOutcome> {
    return this.sender.send(this.address(message));
  }

  find(
    message: OutboundMessage,
    since: Date,
    others: readonly string[],
  ): Promise<string | null | 'unknown'> {
    return this.sender.find(this.address(message), since, others);
  }

  fateOf(providerId: string): Promise<MessageFate | 'missing' | 'unknown'> {
    return this.sender.fateOf(providerId);
  }

  private address({ notificationId, to, text, mediaUrl }: OutboundMessage): TwilioMessage {
    return {
      notificationId,
      from: this.config.twilio.whatsappFrom,
      to: `whatsapp:${to}`,
      text,
      mediaUrl: mediaUrl ?? null,
    };
  }
}
