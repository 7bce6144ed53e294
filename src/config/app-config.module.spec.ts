import { Injectable, Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { AppConfig } from './app-config.js';
import { AppConfigModule } from './app-config.module.js';
import { loadAppConfig } from './load-app-config.js';

@Injectable()
class Reader {
  constructor(readonly config: AppConfig) {}
}

@Module({ providers: [Reader] })
class ReaderModule {}

describe('AppConfigModule', () => {
  it('gives every module the loaded configuration and nothing of the environment', async () => {
    const config = loadAppConfig({ SHOP_NAME: 'Chez Aline' });
    const app = await Test.createTestingModule({
      imports: [AppConfigModule.forRoot(config), ReaderModule],
    }).compile();
    expect(app.get(Reader, { strict: false }).config).toBe(config);
    const service = app.get(ConfigService, { strict: false });
    expect(service.get('shop.name')).toBe('Chez Aline');
    expect(service.get('PATH')).toBeUndefined();
    await app.close();
  });
});
