import twilio from 'twilio';

import type { TwilioConfig } from '../config/app-config.js';

export type TwilioClient = twilio.Twilio;

/** Longest time one call may take, in milliseconds; the SDK's own limit is 30 s without traffic. */
export const TWILIO_TIME_LIMIT_MS = 10_000;

/**
 * The SDK's HTTP client with a limit on the whole call (its own timeout only bounds silence, which
 * an answer that trickles never reaches) and, for a double, another origin: `region` and `edge` can
 * rewrite no more than the host name and always speak https.
 */
class BoundedRequestClient extends twilio.RequestClient {
  constructor(origin: string | null, timeLimitMs: number) {
    super({ timeout: timeLimitMs, autoRetry: false });
    this.axios.interceptors.request.use((request) => {
      request.signal = AbortSignal.timeout(timeLimitMs);
      if (origin !== null && request.url !== undefined) {
        const { pathname, search } = new URL(request.url);
        request.url = `${origin}${pathname}${search}`;
      }
      return request;
    });
  }
}

/** The real SDK, pointed at `apiBaseUrl` when one is set. Nothing is ever sent twice by itself. */
export function createTwilioClient(
  config: TwilioConfig,
  timeLimitMs = TWILIO_TIME_LIMIT_MS,
): TwilioClient {
  const origin = config.apiBaseUrl === null ? null : new URL(config.apiBaseUrl).origin;
  return twilio(config.accountSid, config.authToken, {
    httpClient: new BoundedRequestClient(origin, timeLimitMs),
    // Set, so that no TWILIO_LOG_LEVEL of the environment can make it print addresses and numbers.
    logLevel: 'none',
  });
}
