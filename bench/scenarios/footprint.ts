import type { Bench, Scenario } from '../bench.js';
import { settledMemoryOf } from '../measure/memory.js';
import { spreadOf } from '../measure/pairs.js';
import type { Row } from '../report/row.js';

/** How long a start takes, and what a process needs of memory idle: the last start stays so for a while. */
export const footprint: Scenario = {
  name: 'footprint',
  async run({ stage, options, say }: Bench) {
    const database = await stage.database('starts');
    try {
      const times: number[] = [];
      const memory: number[] = [];
      const turns = options.mode === 'quick' ? 1 : options.pairs;
      for (let turn = 1; turn <= turns; turn += 1) {
        const begin = performance.now();
        const { program } = await stage.application(database, 'all');
        times.push((performance.now() - begin) / 1_000);
        if (turn === turns) memory.push(await settledMemoryOf(program.pid));
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
  },
};

const row = (
  what: string,
  unit: string,
  figure: Row['figure'],
  judged: string,
  most: number,
): Row => ({
  scenario: 'footprint',
  what,
  unit,
  application: figure.median,
  limit: null,
  figure,
  judged,
  target: { most },
  details: {},
});
