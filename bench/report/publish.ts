import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { BenchOptions } from '../options.js';
import type { Machine } from './machine.js';
import { cpuPlot, ratioPlot } from './plots.js';
import type { Row } from './row.js';
import { markdownDetails, markdownTable } from './table.js';

/** From the compiled file below `dist/bench/bench/report`. */
const ROOT = new URL('../../../../', import.meta.url);
const BEGIN = '<!-- figures: begin (written by npm run bench) -->';
const END = '<!-- figures: end -->';

export interface Results {
  readonly takenAt: string;
  readonly seconds: number;
  readonly options: BenchOptions;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

/** Writes `bench/results.json`, the plots, and the figures of `docs/performance.md`. */
export async function publish(results: Results): Promise<void> {
  const { rows } = results;
  await writeFile(new URL('bench/results.json', ROOT), `${JSON.stringify(results, null, 2)}\n`);
  await mkdir(new URL('docs/images/', ROOT), { recursive: true });
  const ratios = rows.filter(({ judged }) => judged.includes('÷'));
  await writeFile(
    new URL('docs/images/bench-ratios.svg', ROOT),
    ratioPlot('What the application reaches of what the machine can do', ratios),
  );
  await writeFile(
    new URL('docs/images/bench-cpu.svg', ROOT),
    cpuPlot('Processor time, microseconds for one order, event or message', rows),
  );
  const page = new URL('docs/performance.md', ROOT);
  const text = await readFile(page, 'utf8');
  const [head, tail] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (head < 0 || tail < head) throw new Error('docs/performance.md has no place for the figures');
  await writeFile(
    page,
    `${text.slice(0, head)}${BEGIN}\n\n${figures(results)}\n\n${text.slice(tail)}`,
  );
}

const figures = ({ takenAt, seconds, options, machine, rows }: Results): string => {
  const { packages, commit } = machine;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `Taken on ${takenAt.slice(0, 10)} in ${Math.round(seconds)} s (${options.mode}, ${options.pairs} pairs of ${options.windowMs} ms)${commit === null ? '' : ` at commit ${commit}`}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, PostgreSQL ${machine.postgres}, ${versions.join(', ')}.`,
    markdownTable(rows),
    markdownDetails(rows),
  ].join('\n\n');
};
