import { setMaxListeners } from 'node:events';
import { createHistogram } from 'node:perf_hooks';
import { Pool } from 'undici';

/** One request of a client; `expect` is the only status that counts as done. */
export interface LoadRequest {
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expect: number;
}

/** What a window of load brought; latencies in milliseconds. */
export interface LoadFigures {
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Clients that each wait for the answer before they ask again, on a connection of their own. */
export class Load {
  private readonly pool: Pool;

  constructor(
    origin: string,
    private readonly clients: number,
  ) {
    this.pool = new Pool(origin, { connections: clients, pipelining: 1 });
  }

  /**
   * Asks for `windowMs`, or until `next` has nothing more to ask, and waits for the last answers.
   * Throws on any answer that is not the expected one: a fast refusal is no throughput.
   */
  async run(windowMs: number, next: () => LoadRequest | null): Promise<LoadFigures> {
    const latencies = createHistogram();
    const begin = performance.now();
    let count = 0;
    const client = async (): Promise<void> => {
      while (performance.now() - begin < windowMs) {
        const request = next();
        if (!request) return;
        const asked = performance.now();
        await this.ask(request);
        latencies.record(Math.max(1, Math.round((performance.now() - asked) * 1_000)));
        count += 1;
      }
    };
    await Promise.all(Array.from({ length: this.clients }, client));
    const seconds = (performance.now() - begin) / 1_000;
    return {
      count,
      seconds,
      perSecond: count / seconds,
      p50: latencies.percentile(50) / 1_000,
      p99: latencies.percentile(99) / 1_000,
    };
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async ask({ path, body, headers, expect }: LoadRequest): Promise<void> {
    const answer = await this.pool.request({ path, method: 'POST', body, headers });
    if (answer.statusCode !== expect) {
      throw new Error(`${path} answered ${answer.statusCode}: ${await answer.body.text()}`);
    }
    await answer.body.dump();
  }
}

// As many clients as there are may wait on one pool.
setMaxListeners(0);
