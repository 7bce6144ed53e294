import { Module } from '@nestjs/common';

import { ALL_CHANNELS, type Channel } from './channel.js';
import { EmailChannel } from './email.channel.js';
import { SmsChannel } from './sms.channel.js';
import { TwilioMessageSender } from './twilio-message.sender.js';
import { TwilioSignatureGuard } from './twilio-signature.guard.js';
import { WhatsappChannel } from './whatsapp.channel.js';

@Module({
  providers: [
    TwilioMessageSender,
    WhatsappChannel,
    EmailChannel,
    SmsChannel,
    TwilioSignatureGuard,
    {
      provide: ALL_CHANNELS,
      useFactory: (...channels: Channel[]): readonly Channel[] => channels,
      inject: [WhatsappChannel, EmailChannel, SmsChannel],
    },
  ],
  exports: [ALL_CHANNELS, TwilioSignatureGuard],
})
export class ChannelsModule {}
