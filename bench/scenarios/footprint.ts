import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, Scenario } from '../bench.js';
import { Load } from '../measure/load.js';
import { spreadOf } from '../measure/pairs.js';
import { residentMb } from '../measure/process-usage.js';
import type { Row } from '../report/row.js';
import { seedOrders } from '../seed/orders.js';
import type { Server } from '../stage.js';
import { orderRequest } from './place-orders.js';
import { sweep } from './sweep.js';

const SETTLED_MS = 3_000;
const CLIENTS = 64;

/** How long a start takes, and what a process needs of memory: idle, after much work, and during a sweep. */
export const footprint: Scenario = {
  name: 'footprint',
  async run(bench: Bench) {
    const { options } = bench;
    const rows = await startsAndIdles(bench);
    if (options.placed > 0) rows.push(await afterOrders(bench));
    if (options.sweptAtOnce > 0) rows.push(await duringSweep(bench));
    return rows;
  },
};

/** The last start stays idle for a while. */
async function startsAndIdles({ stage, options, say }: Bench): Promise<Row[]> {
  const database = await stage.database('starts');
  try {
    const times: number[] = [];
    const memory: number[] = [];
    const turns = options.mode === 'quick' ? 1 : options.pairs;
    for (let turn = 1; turn <= turns; turn += 1) {
      const begin = performance.now();
      const { program } = await stage.application(database, 'all');
      times.push((performance.now() - begin) / 1_000);
      if (turn === turns) {
        await pause(SETTLED_MS);
        memory.push(await memoryOf(program.pid));
      }
      await stage.stop(program);
    }
    const [seconds, megabytes] = [spreadOf(times), spreadOf(memory)];
    say(
      `start to listening: ${seconds.median.toFixed(2)} s; idle: ${megabytes.median.toFixed(0)} MB`,
    );
    return [
      row('start to listening, existing database', 's', seconds, 'seconds', 3),
      row('memory idle', 'MB', megabytes, 'MB', 150),
    ];
  } finally {
    await database.drop();
  }
}

async function afterOrders(bench: Bench): Promise<Row> {
  const { options, say } = bench;
  return withApplication(bench, 'placed', async ({ origin, program }) => {
    const load = new Load(origin, CLIENTS);
    try {
      // What a process grows to in its first minutes is not growth.
      await load.run(options.windowMs * 2, orderRequest);
      await pause(SETTLED_MS);
      const before = await memoryOf(program.pid);
      let placed = 0;
      await load.run(3_600_000, () => (placed++ < options.placed ? orderRequest() : null));
      await pause(SETTLED_MS);
      const after = await memoryOf(program.pid);
      const what = `memory growth by ${options.placed.toLocaleString('en')} orders`;
      say(`${what}: ${(after - before).toFixed(0)} MB, from ${before.toFixed(0)} MB`);
      return row(what, 'MB', spreadOf([after - before]), 'MB', 60, { before, after });
    } finally {
      await load.close();
    }
  });
}

async function duringSweep(bench: Bench): Promise<Row> {
  const { options, say } = bench;
  const { sweptAtOnce } = options;
  return withApplication(bench, 'swept', async ({ origin, program }, session) => {
    const PART = 250_000;
    for (let done = 0; done < sweptAtOnce; done += PART) {
      await seedOrders(session, 'due', Math.min(PART, sweptAtOnce - done), 1 + done);
    }
    await pause(SETTLED_MS);
    const before = await memoryOf(program.pid);
    let highest = before;
    const watch = setInterval(() => {
      void memoryOf(program.pid).then((now) => (highest = Math.max(highest, now)));
    }, 100);
    await sweep(origin, sweptAtOnce).finally(() => clearInterval(watch));
    const what = `memory growth during a sweep of ${sweptAtOnce.toLocaleString('en')} due orders`;
    say(`${what}: ${(highest - before).toFixed(0)} MB, from ${before.toFixed(0)} MB`);
    return row(what, 'MB', spreadOf([highest - before]), 'MB', 60, { before, highest });
  });
}

async function withApplication<T>(
  { stage }: Bench,
  name: string,
  work: (
    server: Server,
    session: Awaited<ReturnType<typeof stage.database>>['session'],
  ) => Promise<T>,
): Promise<T> {
  const database = await stage.database(name);
  const server = await stage.application(database);
  try {
    return await work(server, database.session);
  } finally {
    await stage.stop(server.program);
    await database.drop();
  }
}

/** Throws where the system does not tell: a figure of nothing would always be met. */
async function memoryOf(pid: number): Promise<number> {
  const memory = await residentMb(pid);
  if (memory === null) throw new Error('Memory is read from /proc, which this system has not');
  return memory;
}

const row = (
  what: string,
  unit: string,
  figure: Row['figure'],
  judged: string,
  most: number,
  details: Row['details'] = {},
): Row => ({
  scenario: 'footprint',
  what,
  unit,
  application: figure.median,
  limit: null,
  figure,
  judged,
  target: { most },
  details,
});
