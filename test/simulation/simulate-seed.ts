import { calmDown, outliveLinks } from './calm.js';
import { drawSchedule } from './draw-schedule.js';
import { ALWAYS, AT_REST, AT_THE_END, check } from './invariants/check.js';
import type { Invariant } from './invariants/facts.js';
import { performStep } from './perform-step.js';
import { Random } from './random.js';
import type { World } from './world.js';

export interface SeedResult {
  readonly seed: number;
  /** Empty: every invariant held. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** It could not go on: the world is of no more use. */
  readonly broken: boolean;
}

/** Real time for one step: nothing in a simulation waits for a provider's time limit. */
const STEP_LIMIT_MS = 30_000;

export async function simulateSeed(world: World, seed: number): Promise<SeedResult> {
  const schedule = drawSchedule(seed);
  await world.reset(schedule.startsAt);
  const dice = new Random(seed ^ 0x5eed);
  const { random } = Math;
  Math.random = () => dice.next();
  let violations: string[] = [];
  let broken = false;
  try {
    violations = await run(world, schedule.steps);
  } catch (error) {
    broken = true;
    violations = [error instanceof Error ? (error.stack ?? error.message) : 'unknown'];
  } finally {
    Math.random = random;
  }
  world.figures.messages +=
    world.providers.doubles.twilio.messages.length + world.providers.doubles.mail.messages.length;
  const trace = violations.length > 0 ? [...world.trace.lines, ...complaints(world)] : [];
  return { seed, violations, trace, broken };
}

/** What the instances logged as wrong: a stalled machine shows here, and nowhere else. */
const complaints = ({ spoken }: World): string[] =>
  spoken.filter((line) => /"level":"(?:warn|error|fatal)"/.test(line)).map((line) => line.trim());

async function run(
  world: World,
  steps: ReturnType<typeof drawSchedule>['steps'],
): Promise<string[]> {
  for (const [index, step] of steps.entries()) {
    await inTime(performStep(world, step, index + 1));
    const violations = await judge(world, ALWAYS);
    if (violations.length > 0) return violations;
  }
  await inTime(calmDown(world));
  const violations = await judge(world, AT_REST);
  if (violations.length > 0) return violations;
  await inTime(outliveLinks(world));
  return judge(world, AT_THE_END);
}

async function judge(world: World, invariants: readonly Invariant[]): Promise<string[]> {
  return world.trace.tell(check(invariants, await world.facts()));
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('a step did not end')), STEP_LIMIT_MS);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
