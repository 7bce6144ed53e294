import Stripe from 'stripe';
import type { StripeConfig } from '../config/app-config.js';

/** The real SDK; `apiBaseUrl` points it at a double (never in production: the configuration refuses it). */
export function createStripeClient(config: StripeConfig): Stripe {
  return new Stripe(config.secretKey, {
    maxNetworkRetries: 2,
    timeout: 8_000,
    telemetry: false,
    appInfo: { name: 'GarageConnect' },
    ...(config.apiBaseUrl ? endpoint(new URL(config.apiBaseUrl)) : {}),
  });
}

function endpoint(base: URL): Pick<Stripe.StripeConfig, 'host' | 'port' | 'protocol'> {
  const protocol = base.protocol === 'http:' ? 'http' : 'https';
  return { host: base.hostname, port: base.port || (protocol === 'http' ? 80 : 443), protocol };
}
