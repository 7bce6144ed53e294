import { describe, expect, it } from 'vitest';

import type { AppConfig } from '../config/app-config.js';
import type { OutboundMessage } from './channel.js';
import { SmsChannel } from './sms.channel.js';
import { TwilioMessageSender, type TwilioMessage } from './twilio-message.sender.js';
import { WhatsappChannel } from './whatsapp.channel.js';

const MESSAGE: OutboundMessage = {
  notificationId: '42',
  to: '+590690123456',
  text: '📱 VOTRE QR CODE DE RETRAIT',
  mediaUrl: 'https://shop.example/q/token.png',
};
const SINCE = new Date('2026-11-22T10:00:00Z');

const configWith = (smsFrom: string | null): AppConfig =>
  ({
    http: { port: 0, host: '127.0.0.1', appUrl: 'https://shop.example' },
    twilio: {
      accountSid: 'AC00000000000000000000000000000001',
      authToken: 'not-a-real-auth-token',
      apiBaseUrl: 'http://127.0.0.1:1',
      whatsappFrom: 'whatsapp:+590690000001',
      smsFrom,
    },
  }) as AppConfig;

/** Keeps what it is given instead of calling Twilio. */
class KeepingSender extends TwilioMessageSender {
  readonly kept: TwilioMessage[] = [];
  override async send(message: TwilioMessage): ReturnType<TwilioMessageSender['send']> {
    this.kept.push(message);
    return { result: 'accepted', providerId: 'SM1' };
  }
  override async find(message: TwilioMessage): ReturnType<TwilioMessageSender['find']> {
    this.kept.push(message);
    return 'SM1';
  }
}

describe('the WhatsApp channel', () => {
  it('sends and looks up with WhatsApp addresses on both sides', async () => {
    const config = configWith(null);
    const sender = new KeepingSender(config);
    const channel = new WhatsappChannel(config, sender);
    expect(channel).toMatchObject({ name: 'whatsapp', enabled: true });
    await channel.send(MESSAGE);
    await channel.find(MESSAGE, SINCE, []);
    expect(sender.kept[0]).toEqual({
      notificationId: '42',
      from: 'whatsapp:+590690000001',
      to: 'whatsapp:+590690123456',
      text: MESSAGE.text,
      mediaUrl: MESSAGE.mediaUrl,
    });
    expect(sender.kept[1]).toEqual(sender.kept[0]);
  });
});

describe('the SMS channel', () => {
  it('writes the link of an image below the text, and sends no media', async () => {
    const config = configWith('GARAGECONN');
    const sender = new KeepingSender(config);
    const channel = new SmsChannel(config, sender);
    expect(channel).toMatchObject({ name: 'sms', enabled: true });
    expect(await channel.send(MESSAGE)).toEqual({ result: 'accepted', providerId: 'SM1' });
    expect(await channel.find(MESSAGE, SINCE, [])).toBe('SM1');
    expect(sender.kept[0]).toEqual({
      notificationId: '42',
      from: 'GARAGECONN',
      to: '+590690123456',
      text: `${MESSAGE.text}\n\nhttps://shop.example/q/token.png`,
      mediaUrl: null,
    });
  });

  it('is off without a sender, and refuses for good', async () => {
    const config = configWith(null);
    const sender = new KeepingSender(config);
    const channel = new SmsChannel(config, sender);
    expect(channel.enabled).toBe(false);
    expect(await channel.send(MESSAGE)).toEqual({
      result: 'rejected',
      errorCode: 'channel_disabled',
    });
    expect(await channel.find(MESSAGE, SINCE, [])).toBeNull();
    expect(sender.kept).toEqual([]);
  });
});
