import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { obtainTestServer } from '../support/test-server.js';
import { simulateSeed } from './simulate-seed.js';
import { startSimulation } from './simulation.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    bail: { type: 'boolean', default: false },
  },
});

/** Seeds to a line of progress where nobody watches a terminal. */
const LOGGED_EVERY = 50;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs the seeds one after another; true when every invariant held after each. */
async function simulate(count: number, from: number): Promise<boolean> {
  const server = await obtainTestServer();
  const simulation = await startSimulation(server.url);
  const { world } = simulation;
  const began = process.hrtime.bigint();
  const seconds = (): string => (Number(process.hrtime.bigint() - began) / 1e9).toFixed(0);
  let passed = 0;
  let failed = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const { violations, trace, broken } = await simulateSeed(world, seed);
    if (violations.length === 0) passed += 1;
    else {
      failed += 1;
      say(`\nseed ${seed}\n${[...violations, ...trace].join('\n')}\n`);
      if (broken || values.bail) break;
    }
    const done = seed - from + 1;
    const progress = `${done} of ${count} seeds, ${failed} failed, ${seconds()} s`;
    if (process.stdout.isTTY) process.stdout.write(`${progress}\r`);
    else if (done % LOGGED_EVERY === 0) say(progress);
  }
  const { orders, payments, events, duplicates, kills, restarts, messages } = world.figures;
  await simulation.stop();
  await server.release('simulation_');
  say(
    `${orders} orders, ${payments} payments, ${events} events, ${duplicates} duplicates dropped, ` +
      `${kills} kills, ${restarts} restarts, ${messages} messages ` +
      `in ${seconds()} s`,
  );
  say(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

const succeeded = await simulate(Number(values.seeds), Number(values.from));
process.exit(succeeded ? 0 : 1);
