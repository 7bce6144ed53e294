import { parseArgs } from 'node:util';

/** How much is measured. Durations in milliseconds. */
export interface BenchOptions {
  readonly mode: 'quick' | 'usual' | 'full';
  /** Names of scenarios; empty: all of them. */
  readonly only: readonly string[];
  /** Pairs of one window of the application and one of the limit. */
  readonly pairs: number;
  readonly windowMs: number;
  /** Load before the first window of a road, which does not count: by then V8 has compiled what is hot. */
  readonly warmMs: number;
  readonly clients: readonly number[];
  /** Orders that are due at the beginning of a sweep, and messages that wait at that of a drain. */
  readonly backlog: number;
  /** Orders long finished that lie beside the due ones; 0: that is not measured. */
  readonly finished: number;
  /** Orders that one process places before its memory is read. */
  readonly placed: number;
  /** Due orders of the sweep during which memory is read. */
  readonly sweptAtOnce: number;
}

type Extent = Omit<BenchOptions, 'mode' | 'only'>;

const USUAL: Extent = {
  pairs: 5,
  windowMs: 900,
  warmMs: 5_000,
  clients: [1, 16, 64],
  backlog: 100_000,
  finished: 200_000,
  placed: 100_000,
  sweptAtOnce: 100_000,
};

const MODES: Readonly<Record<BenchOptions['mode'], Extent>> = {
  quick: {
    pairs: 3,
    windowMs: 500,
    warmMs: 900,
    clients: [16],
    backlog: 8_000,
    finished: 0,
    placed: 0,
    sweptAtOnce: 0,
  },
  usual: USUAL,
  full: { ...USUAL, finished: 5_000_000, sweptAtOnce: 1_000_000 },
};

export const USAGE = `npm run bench -- [--quick | --full] [--only <scenario>]…

  --quick   under a minute; fails on a ratio below half its target (what CI runs)
  --full    as usual, but beside 5,000,000 finished orders, and a sweep of 1,000,000
  --only    this scenario, by its name in the table; may be given again`;

/** Throws on an argument that is not known. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
    },
  });
  const mode = values.full ? 'full' : values.quick ? 'quick' : 'usual';
  return { mode, only: values.only, ...MODES[mode] };
}
