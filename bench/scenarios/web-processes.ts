import type { Bench, Scenario } from '../bench.js';
import { Load } from '../measure/load.js';
import { medianOf, spreadOf } from '../measure/pairs.js';
import { cpuMs, cpuMsOfFamily } from '../measure/process-usage.js';
import type { Row } from '../report/row.js';
import type { Server, Stage } from '../stage.js';
import { orderRequest } from './place-orders.js';

const CLIENTS_EACH = 16;
const COUNTS = [1, 2, 3] as const;

interface Figures {
  readonly perSecond: number;
  /** Processors' worth of time: 1 is one core, all of the time. */
  readonly web: number;
  readonly database: number;
  readonly clients: number;
}

/** Orders a second of several web processes on one database, as a load balancer would spread them. */
export const webProcesses: Scenario = {
  name: 'processes',
  async run({ stage, options, say }: Bench) {
    const database = await stage.database('processes');
    const servers: Server[] = [];
    try {
      for (const _count of COUNTS) servers.push(await stage.application(database));
      const taken: Figures[][] = COUNTS.map(() => []);
      for (let turn = 0; turn <= options.pairs; turn += 1) {
        for (const [place, count] of COUNTS.entries()) {
          const figures = await window(stage, servers.slice(0, count), options.windowMs);
          // The first turn warms up.
          if (turn > 0) taken[place]!.push(figures);
        }
      }
      return COUNTS.slice(1).map((count, place): Row => {
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
    } finally {
      for (const { program } of servers) await stage.stop(program);
      await database.drop();
    }
  },
};

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
      web: cores('web'),
      database: cores('database'),
      clients: cores('clients'),
    };
  } finally {
    await Promise.all(loads.map((load) => load.close()));
  }
}
