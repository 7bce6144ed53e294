import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, Scenario } from '../bench.js';
import { medianOf, spreadOf } from '../measure/pairs.js';
import { cpuMs, cpuMsOfFamily } from '../measure/process-usage.js';
import type { ChildProgram } from '../programs/child-program.js';
import { fillQueue } from '../pg-boss/queue.js';
import type { Row } from '../report/row.js';
import { seedWaitingMessages } from '../seed/messages.js';
import type { BenchDatabase, Stage } from '../stage.js';
import { dueOrders } from './sweep.js';

const LIMIT = new URL('../limit/drain.js', import.meta.url);
const PG_BOSS = new URL('../pg-boss/drain.js', import.meta.url);

/** Messages that every process sends before its time is taken: by then it runs as it will. */
const WARM = 150;
const START_LIMIT_MS = 20_000;

const NAMES = ['application', 'limit', 'pg-boss'] as const;
type Name = (typeof NAMES)[number];

interface Drained {
  readonly perSecond: number;
  readonly programCpuUs: number | null;
  readonly databaseCpuUs: number | null;
}

export const drainMessages: Scenario = {
  name: 'drain',
  async run(bench: Bench) {
    const { stage, options, say } = bench;
    const due = await dueOrders(bench);
    say(`writing ${options.backlog} messages that wait, and as many jobs`);
    const waiting = await stage.template('waiting', seedWaitingMessages, due);
    const databases = {
      application: await stage.database('drain_application', waiting),
      limit: await stage.database('drain_limit', waiting),
      'pg-boss': await stage.database('drain_pg_boss'),
    };
    try {
      await fillQueue(databases['pg-boss'], options.backlog);
      const rows: Row[] = [];
      for (const processes of options.mode === 'quick' ? [1] : [1, 3]) {
        rows.push(...(await race(bench, databases, processes)));
      }
      return rows;
    } finally {
      for (const database of Object.values(databases)) await database.drop();
    }
  },
};

/**
 * Each in turn empties its queue for a while, with a backlog behind it all the time. All are started
 * once, and stand still (SIGSTOP) when it is not their turn: less than any lease or timeout. The
 * application comes last, so that it does not stand still while others start.
 */
async function race(
  { stage, options, say }: Bench,
  databases: Record<Name, BenchDatabase>,
  processes: number,
): Promise<Row[]> {
  const taken: Record<Name, Drained[]> = { application: [], limit: [], 'pg-boss': [] };
  const programs: Record<Name, ChildProgram[]> = { application: [], limit: [], 'pg-boss': [] };
  try {
    for (const name of NAMES.toReversed()) {
      for (let count = 0; count < processes; count += 1) {
        programs[name].push(await start(stage, name, databases[name]));
      }
      // By then V8 has compiled what is hot.
      await drain(stage, name, programs[name], options.windowMs);
    }
    for (let turn = 0; turn < options.pairs; turn += 1) {
      const order = turn % 2 === 0 ? NAMES : NAMES.toReversed();
      for (const name of order) {
        taken[name].push(await drain(stage, name, programs[name], options.windowMs));
      }
    }
  } finally {
    await Promise.all(
      Object.values(programs)
        .flat()
        .map((program) => stage.stop(program)),
    );
  }
  const rate = (name: Name): number => medianOf(taken[name].map(({ perSecond }) => perSecond));
  const against = (name: Name) =>
    spreadOf(
      taken.application.map(({ perSecond }, turn) => perSecond / taken[name][turn]!.perSecond),
    );
  const by = processes === 1 ? 'one process' : `${processes} processes`;
  say(
    `send waiting messages, ${by}: ${against('limit').median.toFixed(2)} of the limit, ${against('pg-boss').median.toFixed(2)} of pg-boss`,
  );
  const shared = { scenario: 'drain', unit: 'messages/s', application: rate('application') };
  return [
    {
      ...shared,
      what: `send waiting messages, ${by}`,
      limit: rate('limit'),
      figure: against('limit'),
      judged: 'application ÷ limit',
      target: { least: 0.6 },
      details: details(taken.application, taken.limit),
    },
    {
      ...shared,
      what: `the same beside pg-boss, ${by}`,
      limit: rate('pg-boss'),
      figure: against('pg-boss'),
      judged: 'application ÷ pg-boss',
      target: { least: 1 },
      details: details(taken.application, taken['pg-boss']),
    },
  ];
}

/** Messages a second that reach the provider from these processes together, which stand still before and after. */
async function drain(
  stage: Stage,
  name: Name,
  programs: readonly ChildProgram[],
  windowMs: number,
): Promise<Drained> {
  const before = await arrived(stage);
  try {
    for (const program of programs) program.resume();
    const deadline = Date.now() + START_LIMIT_MS;
    while ((await arrived(stage)) < before + WARM * programs.length) {
      if (Date.now() > deadline) throw new Error(`${name} sends nothing`);
      await pause(10);
    }
    const [count, begin, cpu] = [
      await arrived(stage),
      performance.now(),
      await usage(stage, programs),
    ];
    await pause(windowMs);
    const [later, end, after] = [
      await arrived(stage),
      performance.now(),
      await usage(stage, programs),
    ];
    const sent = later - count;
    const each = (one: number | null, other: number | null): number | null =>
      one === null || other === null ? null : ((one - other) * 1_000) / sent;
    return {
      perSecond: (sent * 1_000) / (end - begin),
      programCpuUs: each(after.programs, cpu.programs),
      databaseCpuUs: each(after.database, cpu.database),
    };
  } finally {
    for (const program of programs) program.pause();
  }
}

async function start(stage: Stage, name: Name, database: BenchDatabase): Promise<ChildProgram> {
  if (name === 'application') return stage.worker(database);
  return stage.drain(name, name === 'limit' ? LIMIT : PG_BOSS, database);
}

async function arrived({ providersUrl }: Stage): Promise<number> {
  const answer = (await (await fetch(`${providersUrl}/messages`)).json()) as { messages: number };
  return answer.messages;
}

async function usage(
  { postmasterPid }: Stage,
  programs: readonly ChildProgram[],
): Promise<{ programs: number | null; database: number | null }> {
  const times = await Promise.all(programs.map(({ pid }) => cpuMs(pid)));
  return {
    programs: times.some((time) => time === null)
      ? null
      : times.reduce<number>((sum, time) => sum + time!, 0),
    database: await cpuMsOfFamily(postmasterPid),
  };
}

function details(one: readonly Drained[], other: readonly Drained[]): Row['details'] {
  const median = (values: readonly (number | null)[]): number | string =>
    values.includes(null) ? 'unknown' : medianOf(values as number[]);
  return {
    'application CPU µs': median(one.map(({ programCpuUs }) => programCpuUs)),
    'limit CPU µs': median(other.map(({ programCpuUs }) => programCpuUs)),
    'PostgreSQL CPU µs, application': median(one.map(({ databaseCpuUs }) => databaseCpuUs)),
    'PostgreSQL CPU µs, limit': median(other.map(({ databaseCpuUs }) => databaseCpuUs)),
  };
}
