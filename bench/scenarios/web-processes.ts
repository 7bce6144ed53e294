import type { Bench, Scenario } from '../bench.js';
import { Load } from '../measure/load.js';
import { growthRow, settledMemoryOf } from '../measure/memory.js';
import { medianOf, spreadOf } from '../measure/pairs.js';
import { cpuMs, cpuMsOfFamily } from '../measure/process-usage.js';
import type { Row } from '../report/row.js';
import type { BenchDatabase, Server, Stage } from '../stage.js';
import { orderRequest } from './place-orders.js';

const CLIENTS_EACH = 16;
const CLIENTS_AT_MOST = 64;
const COUNTS = [1, 2, 3] as const;

interface Figures {
  readonly perSecond: number;
  /** Orders, by the first of the processes. */
  readonly placedByFirst: number;
  /** Processors' worth of time: 1 is one core, all of the time. */
  readonly web: number;
  readonly database: number;
  readonly clients: number;
}

/**
 * Orders a second of several web processes on one database, as a load balancer would spread them, and
 * what the first of them has grown by when it has placed many: these count, and it places the rest alone.
 */
export const webProcesses: Scenario = {
  name: 'processes',
  async run({ stage, options, say }: Bench) {
    const database = await stage.database('processes');
    const servers: Server[] = [];
    try {
      for (const _count of COUNTS) servers.push(await stage.application(database));
      const taken: Figures[][] = COUNTS.map(() => []);
      let before = 0;
      let placed = 0;
      if (options.placed > 0) before = await settledMemoryOf(servers[0]!.program.pid);
      for (let turn = 0; turn <= options.pairs; turn += 1) {
        for (const [place, count] of COUNTS.entries()) {
          const figures = await window(stage, servers.slice(0, count), options.windowMs);
          // The first turn warms up.
          if (turn > 0) taken[place]!.push(figures);
          placed += figures.placedByFirst;
        }
      }
      const rows = COUNTS.slice(1).map((count, place): Row => {
        const [one, many] = [taken[0]!, taken[place + 1]!];
        const figure = spreadOf(
          many.map(({ perSecond }, turn) => perSecond / one[turn]!.perSecond),
        );
        say(`${count} web processes: ${figure.median.toFixed(2)} times one`);
        return {
          scenario: 'processes',
          what: `place orders on ${count} web processes, ${CLIENTS_EACH} clients each`,
          unit: 'orders/s',
          application: medianOf(many.map(({ perSecond }) => perSecond)),
          limit: medianOf(one.map(({ perSecond }) => perSecond)),
          figure,
          judged: 'rate ÷ rate of one process',
          target: null,
          details: {
            'cores: web': medianOf(many.map(({ web }) => web)),
            'cores: PostgreSQL': medianOf(many.map(({ database: used }) => used)),
            'cores: clients': medianOf(many.map(({ clients }) => clients)),
          },
        };
      });
      for (const { program } of servers.splice(1)) await stage.stop(program);
      if (options.placed === 0) return rows;
      await placeAlone(servers[0]!, database, options.placed - placed);
      const after = await settledMemoryOf(servers[0]!.program.pid);
      const what = `memory growth by ${options.placed.toLocaleString('en')} orders`;
      say(`${what}: ${(after - before).toFixed(0)} MB, from ${before.toFixed(0)} MB`);
      return [...rows, growthRow('processes', what, before, { after })];
    } finally {
      for (const { program } of servers) await stage.stop(program);
      await database.drop();
    }
  },
};

/**
 * As fast as it can. The disk is not waited for meanwhile: what it writes is timed elsewhere, and what
 * the process holds in memory does not depend on it.
 */
async function placeAlone(
  { origin }: Server,
  { session }: BenchDatabase,
  count: number,
): Promise<void> {
  const load = new Load(origin, CLIENTS_AT_MOST);
  let asked = 0;
  try {
    await session.query('ALTER SYSTEM SET synchronous_commit = off');
    await session.query('SELECT pg_reload_conf()');
    await load.run(3_600_000, () => (asked++ < count ? orderRequest() : null));
  } finally {
    await load.close();
    await session.query('ALTER SYSTEM RESET synchronous_commit');
    await session.query('SELECT pg_reload_conf()');
  }
}

async function window(stage: Stage, servers: readonly Server[], ms: number): Promise<Figures> {
  const loads = servers.map(({ origin }) => new Load(origin, CLIENTS_EACH));
  const usage = async () => {
    const web = await Promise.all(servers.map(({ program }) => cpuMs(program.pid)));
    return {
      web: web.reduce<number>((sum, time) => sum + (time ?? 0), 0),
      database: (await cpuMsOfFamily(stage.postmasterPid)) ?? 0,
      clients: (await cpuMs(process.pid)) ?? 0,
    };
  };
  try {
    const before = await usage();
    const begin = performance.now();
    const figures = await Promise.all(loads.map((load) => load.run(ms, orderRequest)));
    const elapsed = performance.now() - begin;
    const after = await usage();
    const cores = (part: keyof typeof before): number => (after[part] - before[part]) / elapsed;
    return {
      perSecond: figures.reduce((sum, { perSecond }) => sum + perSecond, 0),
      placedByFirst: figures[0]!.count,
      web: cores('web'),
      database: cores('database'),
      clients: cores('clients'),
    };
  } finally {
    await Promise.all(loads.map((load) => load.close()));
  }
}
