import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, Scenario } from '../bench.js';
import { Load } from '../measure/load.js';
import { spreadOf } from '../measure/pairs.js';
import type { BenchDatabase, Stage } from '../stage.js';
import { orderRequest } from './place-orders.js';

/** A busy day's hour in a big shop, spread evenly. */
const ORDERS_A_SECOND = 10;

/**
 * From the instant at which the transaction that queues a message begins to that at which the provider
 * has the request: one process that does everything, as `npm start` runs it.
 */
export const enqueueToSend: Scenario = {
  name: 'latency',
  async run({ stage, options, say }: Bench) {
    const database = await stage.database('latency');
    const { origin, program } = await stage.application(database, 'all');
    const load = new Load(origin, 1);
    try {
      await load.run(options.windowMs, orderRequest);
      await pause(1_500);
      await arrivals(stage);
      const count = options.mode === 'quick' ? 20 : 200;
      for (let placed = 0; placed < count; placed += 1) {
        let asked = false;
        await load.run(60_000, () => (asked ? null : ((asked = true), orderRequest())));
        await pause(1_000 / ORDERS_A_SECOND);
      }
      await pause(500);
      const delays = (await delaysOf(stage, database)).toSorted((one, other) => one - other);
      if (delays.length < count) throw new Error(`${count - delays.length} messages were not sent`);
      const at = (share: number): number => delays[Math.ceil(delays.length * share) - 1]!;
      say(`from queue to provider: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms`);
      return [
        {
          scenario: 'latency',
          what: `from queue to provider, p99 of ${count} at ${ORDERS_A_SECOND} orders/s`,
          unit: 'ms',
          application: at(0.99),
          limit: null,
          figure: spreadOf([at(0.99)]),
          judged: 'p99, ms',
          target: { most: 100 },
          details: { 'application p50 ms': at(0.5), 'application p99 ms': at(0.99) },
        },
      ];
    } finally {
      await load.close();
      await stage.stop(program);
      await database.drop();
    }
  },
};

async function arrivals({ providersUrl }: Stage): Promise<{ nid: string; at: number }[]> {
  return (await (await fetch(`${providersUrl}/arrivals`)).json()) as { nid: string; at: number }[];
}

/** Milliseconds; PostgreSQL and the double read one clock. */
async function delaysOf(stage: Stage, { session }: BenchDatabase): Promise<number[]> {
  const arrived = await arrivals(stage);
  const { rows } = await session.query<{ id: string; at: number }>(
    `SELECT id, extract(epoch FROM created_at)::float8 * 1000 AS at FROM notifications
      WHERE id = ANY ($1::bigint[])`,
    [arrived.map(({ nid }) => nid)],
  );
  const queued = new Map(rows.map(({ id, at }) => [id, at]));
  return arrived.map(({ nid, at }) => at - queued.get(nid)!);
}
