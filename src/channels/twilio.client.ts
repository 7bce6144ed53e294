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
  /** Ends with its call: a limit that lived on would keep the whole message in memory until then. */
  private readonly limits = new WeakMap<object, NodeJS.Timeout>();

  constructor(origin: string | null, timeLimitMs: number) {
    super({ timeout: timeLimitMs, autoRetry: false });
    const { request, response } = this.axios.interceptors;
    request.use((call) => {
      const limit = new AbortController();
      this.limits.set(call, setTimeout(() => limit.abort(), timeLimitMs).unref());
      call.signal = limit.signal;
      if (origin !== null) call.url = call.url?.replace(/^https:\/\/[^/]+/, origin);
      return call;
    });
    response.use(
      (answer) => {
        this.endLimit(answer.config);
        return answer;
      },
      (error: Error & { readonly config?: object }) => {
        this.endLimit(error.config);
        throw error;
      },
    );
  }

  private endLimit(call: object | undefined): void {
    if (call) clearTimeout(this.limits.get(call));
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
