import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { drawSchedule } from './draw-schedule.js';
import { REGRESSION_SEEDS } from './regression-seeds.js';
import { simulateSeed } from './simulate-seed.js';
import { type Simulation, startSimulation } from './simulation.js';

const FRESH_SEEDS = [1, 2, 3, 4, 6];
const LIMIT_MS = 60_000;

let simulation: Simulation;

beforeAll(async () => {
  simulation = await startSimulation(inject('testServer').url);
});

afterAll(async () => {
  await simulation.stop();
});

/** Fails with the whole story. */
async function expectHarmless(seed: number): Promise<void> {
  const { violations, trace } = await simulateSeed(simulation.world, seed);
  if (violations.length > 0) expect.fail([...violations, ...trace].join('\n'));
}

describe('the simulation', () => {
  it('draws the same schedule for the same seed, and another for another', () => {
    expect(drawSchedule(7)).toEqual(drawSchedule(7));
    expect(drawSchedule(8).steps).not.toEqual(drawSchedule(7).steps);
  });

  it.each(REGRESSION_SEEDS)(
    'no longer finds that $found (seed $seed)',
    async ({ seed }) => {
      await expectHarmless(seed);
    },
    LIMIT_MS,
  );

  it.each(FRESH_SEEDS)(
    'keeps every invariant with seed %i',
    async (seed) => {
      await expectHarmless(seed);
    },
    LIMIT_MS,
  );
});
