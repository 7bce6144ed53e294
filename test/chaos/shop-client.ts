import { setTimeout as pause } from 'node:timers/promises';
import { SECRETS } from './identity.js';

/** As a storefront's own time limit. */
const PATIENCE_MS = 20_000;

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly key: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** A client of the shop's API behind a load balancer: each try may reach another instance, or none. */
export class ShopClient {
  repeats = 0;
  /** How often each status was answered; `none` when no answer came. */
  readonly answers = new Map<number | 'none', number>();

  constructor(private readonly someUrl: () => string) {}

  /** Null: no answer came, and nobody knows what became of the request. */
  async once(call: Call, url = this.someUrl()): Promise<Answer | null> {
    const answer = await this.send(call, url);
    const status = answer?.status ?? 'none';
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    return answer;
  }

  private async send(call: Call, url: string): Promise<Answer | null> {
    try {
      const answer = await fetch(`${url}${call.path}`, {
        method: call.method,
        headers: {
          authorization: `Bearer ${call.key}`,
          ...(call.body !== undefined && { 'content-type': 'application/json' }),
          ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
        },
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    } catch {
      return null;
    }
  }

  /** The same call until somebody answers it for good; null when that does not happen in time. */
  async patiently(call: Call, deadline: () => number): Promise<Answer | null> {
    for (;;) {
      const answer = await this.once(call);
      if (answer && isFinal(answer)) return answer;
      if (Date.now() > deadline()) return null;
      this.repeats += 1;
      await pause(500 + Math.random() * 1_500);
    }
  }

  /** A cron route on one instance: how many rows it worked on; null when it is away or unknown. */
  async cron(route: string, url?: string): Promise<number | null> {
    const call = { method: 'GET', path: `/api/cron/${route}`, key: SECRETS.cronSecret } as const;
    const answer = await this.once(call, url);
    return answer?.status === 200 ? Number(answer.body['processed']) : null;
  }
}

/** A server error, too many requests and a key still in use say: again, later. */
function isFinal({ status, body }: Answer): boolean {
  return status < 500 && status !== 429 && body['code'] !== 'idempotency_key_in_use';
}
