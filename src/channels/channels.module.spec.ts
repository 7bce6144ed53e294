import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';

import { AppConfig } from '../config/app-config.js';
import { ALL_CHANNELS, type Channel } from './channel.js';
import { ChannelsModule } from './channels.module.js';

@Global()
@Module({
  providers: [
    {
      provide: AppConfig,
      useValue: {
        http: { appUrl: 'https://shop.example' },
        twilio: {
          accountSid: 'AC00000000000000000000000000000001',
          authToken: 'not-a-real-auth-token',
          apiBaseUrl: null,
          whatsappFrom: 'whatsapp:+590690000001',
          smsFrom: null,
        },
        mail: { smtpUrl: 'smtp://127.0.0.1:1', from: 'shop@example.com' },
      },
    },
  ],
  exports: [AppConfig],
})
class ConfiguredModule {}

@Module({ imports: [ConfiguredModule, ChannelsModule] })
class TestModule {}

describe('ChannelsModule', () => {
  it('offers every channel, each telling whether it is configured', async () => {
    const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
    const channels = app.get<readonly Channel[]>(ALL_CHANNELS);
    expect(channels.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['whatsapp', true],
      ['email', true],
      ['sms', false],
    ]);
    await app.close();
  });
});
