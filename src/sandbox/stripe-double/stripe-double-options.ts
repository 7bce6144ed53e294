import type { Snapshot } from '../double-server.js';

/** How a double of Stripe behaves, and where. */
export interface StripeDoubleOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly webhookUrl?: string | (() => string);
  /** `auto` sends each event as it happens and again while refused; `manual` waits for `deliver`. */
  readonly deliver: 'auto' | 'manual';
  /** Pauses between the tries of one event in `auto`. */
  readonly retryDelaysMs?: readonly number[];
  /** Stripe's clock; signatures always carry the real one. */
  readonly now?: () => Date;
  /** Shown on the hosted page. */
  readonly appName?: string;
  /** Where the hosted page is said to be; by default where the double listens. */
  readonly publicUrl?: () => string;
  readonly snapshot?: Snapshot;
}
