import type { DynamicModule } from '@nestjs/common';
import { type AppConfig, usesSandbox } from '../config/app-config.js';
import { ConfigError } from '../config/config-error.js';
import { obtainProviders } from './providers/obtain-providers.js';
import { SandboxModule } from './sandbox.module.js';

export interface Sandbox {
  /** The given configuration, its SDKs pointed at the doubles. */
  readonly config: AppConfig;
  /** The sandbox's pages, for `createApplication`. */
  readonly module: DynamicModule;
  /** Call it after the application has closed: what it still sends must arrive. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a double for every provider without keys, or joins those that another process of the same
 * data folder runs. Throws ConfigError in production, which must never meet a double.
 */
export async function startSandbox(config: AppConfig): Promise<Sandbox> {
  if (config.environment === 'production' || !usesSandbox(config)) {
    throw new ConfigError([
      'The sandbox does not run in production, nor beside real providers only',
    ]);
  }
  const { control, urls, stop } = await obtainProviders(config);
  const { stripe, twilio, mail } = config;
  // The doubles of another process may stand in for more than this configuration asks for.
  const { sandbox } = config;
  const pointed: AppConfig = {
    ...config,
    stripe: sandbox.stripe ? { ...stripe, apiBaseUrl: urls.stripe } : stripe,
    twilio: sandbox.twilio ? { ...twilio, apiBaseUrl: urls.twilio } : twilio,
    mail: sandbox.mail ? { ...mail, smtpUrl: urls.mail } : mail,
  };
  return { config: pointed, module: SandboxModule.forRoot(control), stop };
}
