import { setTimeout as pause } from 'node:timers/promises';
import type { Row } from '../report/row.js';
import { spreadOf } from './pairs.js';
import { residentMb } from './process-usage.js';

const SETTLED_MS = 3_000;
const LOOK_MS = 100;

/** Throws where the system does not tell: a figure of nothing would always be met. */
export async function memoryOf(pid: number): Promise<number> {
  const memory = await residentMb(pid);
  if (memory === null) throw new Error('Memory is read from /proc, which this system has not');
  return memory;
}

/** What a process holds once it has had nothing to do for a while. */
export async function settledMemoryOf(pid: number): Promise<number> {
  await pause(SETTLED_MS);
  return memoryOf(pid);
}

/** The most that a process holds from now until the answer is called for. */
export function watchMemory(pid: number): () => number {
  let highest = 0;
  const look = (): void =>
    void residentMb(pid).then((now) => (highest = Math.max(highest, now ?? 0)));
  const watch = setInterval(look, LOOK_MS);
  look();
  return () => {
    clearInterval(watch);
    return highest;
  };
}

/** The line of the table for what a process has grown by, in megabytes. */
export const growthRow = (
  scenario: string,
  what: string,
  before: number,
  details: { readonly after: number } | { readonly highest: number },
): Row => {
  const grown = ('after' in details ? details.after : details.highest) - before;
  return {
    scenario,
    what,
    unit: 'MB',
    application: grown,
    limit: null,
    figure: spreadOf([grown]),
    judged: 'MB',
    target: { most: 60 },
    details: { before, ...details },
  };
};
