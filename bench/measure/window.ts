import type { Server, Stage } from '../stage.js';
import { Load, type LoadFigures, type LoadRequest } from './load.js';
import { medianOf, type Pair } from './pairs.js';
import { cpuMs, cpuMsOfFamily } from './process-usage.js';

/** A window of load, with the CPU that each request cost in the program and in PostgreSQL. */
export interface WindowFigures extends LoadFigures {
  /** Microseconds; null where the system does not tell. */
  readonly programCpuUs: number | null;
  readonly databaseCpuUs: number | null;
}

export async function measureWindow(
  stage: Stage,
  { origin, program }: Server,
  clients: number,
  windowMs: number,
  next: () => LoadRequest | null,
): Promise<WindowFigures> {
  const load = new Load(origin, clients);
  try {
    const before = await usage(stage, program.pid);
    const figures = await load.run(windowMs, next);
    const after = await usage(stage, program.pid);
    const each = (one: number | null, other: number | null): number | null =>
      one === null || other === null ? null : ((one - other) * 1_000) / figures.count;
    return {
      ...figures,
      programCpuUs: each(after.program, before.program),
      databaseCpuUs: each(after.database, before.database),
    };
  } finally {
    await load.close();
  }
}

const usage = async ({ postmasterPid }: Stage, pid: number) => ({
  program: await cpuMs(pid),
  database: await cpuMsOfFamily(postmasterPid),
});

/** The details of a table's line that every window of load has. */
export function detailsOf(pairs: readonly Pair<WindowFigures>[]): Record<string, number | string> {
  const median = (
    who: keyof Pair<WindowFigures>,
    read: (figures: WindowFigures) => number | null,
  ): number | string => {
    const values = pairs.map((pair) => read(pair[who])).filter((value) => value !== null);
    return values.length === 0 ? 'unknown' : medianOf(values);
  };
  return {
    'application p50 ms': median('application', ({ p50 }) => p50),
    'application p99 ms': median('application', ({ p99 }) => p99),
    'limit p50 ms': median('limit', ({ p50 }) => p50),
    'limit p99 ms': median('limit', ({ p99 }) => p99),
    'application CPU µs': median('application', ({ programCpuUs }) => programCpuUs),
    'limit CPU µs': median('limit', ({ programCpuUs }) => programCpuUs),
    'PostgreSQL CPU µs, application': median('application', ({ databaseCpuUs }) => databaseCpuUs),
    'PostgreSQL CPU µs, limit': median('limit', ({ databaseCpuUs }) => databaseCpuUs),
  };
}
