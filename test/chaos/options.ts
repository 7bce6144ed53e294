import { parseArgs } from 'node:util';

export interface ChaosOptions {
  /** How long the storm lasts; what follows it takes as long as it needs. */
  readonly seconds: number;
  readonly seed: number;
  /** Orders a second. */
  readonly rate: number;
  /** Where the logs of all processes are kept; null: nowhere. */
  readonly logs: string | null;
}

const DEFAULTS = { seconds: '120', rate: '8' } as const;

/** Throws for a number that is none. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: DEFAULTS.seconds },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      rate: { type: 'string', default: DEFAULTS.rate },
      logs: { type: 'string' },
    },
  });
  const number = (name: 'seconds' | 'seed' | 'rate', least: number): number => {
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < least) {
      throw new Error(`--${name} must be a number of at least ${least}`);
    }
    return value;
  };
  return {
    seconds: number('seconds', 1),
    seed: number('seed', 0),
    rate: number('rate', 0.1),
    logs: values.logs ?? null,
  };
}
