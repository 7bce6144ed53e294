import type { Spread } from '../measure/pairs.js';

/** What a figure must reach: at least, or at most. */
export type Target = { readonly least: number } | { readonly most: number };

/** One line of the table. */
export interface Row {
  readonly scenario: string;
  readonly what: string;
  readonly unit: string;
  /** Medians, in `unit`; null where there is no such program. */
  readonly application: number | null;
  readonly limit: number | null;
  /** What is judged: application ÷ limit as a rule, else as `judged` says. */
  readonly figure: Spread;
  readonly judged: string;
  readonly target: Target | null;
  /** Latencies in milliseconds, CPU in microseconds, memory in megabytes: as its label says. */
  readonly details: Readonly<Record<string, number | string>>;
}

export const isMet = ({ figure, target }: Row): boolean => isWithin(figure.median, target);

/** Not half of what is asked by any pair: no noise of a shared machine explains that. */
export const isFarOff = ({ figure, target }: Row): boolean => {
  if (target === null) return false;
  return 'least' in target ? figure.max < target.least / 2 : figure.min > target.most * 2;
};

function isWithin(value: number, target: Target | null): boolean {
  if (target === null) return true;
  return 'least' in target ? value >= target.least : value <= target.most;
}
