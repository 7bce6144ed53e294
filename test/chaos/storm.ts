import { setTimeout as pause } from 'node:timers/promises';
import type { TcpProxy } from '../support/tcp-proxy.js';
import type { Fleet } from './fleet.js';
import type { Providers } from './providers.js';
import type { Random } from '../simulation/random.js';
import type { StormDatabase } from './storm-database.js';
import { streamOf } from './stream-of.js';

/** What was done to the system. */
export interface StormFigures {
  databaseRestarts: number;
  blackholes: Record<LineName, number>;
  resets: number;
  delays: number;
  /** Events that Stripe delivered once more, twice at the same instant. */
  repeatedEvents: number;
}

/** The latest ones: their first delivery may still be under way. */
const REPEATED_AMONG = 30;

export type LineName = 'database' | 'stripe' | 'twilio' | 'mail';

export interface Victims {
  readonly database: StormDatabase;
  readonly fleet: Fleet;
  readonly providers: Providers;
}

export const noStormYet = (): StormFigures => ({
  databaseRestarts: 0,
  blackholes: { database: 0, stripe: 0, twilio: 0, mail: 0 },
  resets: 0,
  delays: 0,
  repeatedEvents: 0,
});

/** All of it at once until `end`; resolves when the last stroke is over and everything is mended. */
export async function storm(
  victims: Victims,
  figures: StormFigures,
  random: Random,
  end: number,
): Promise<void> {
  const { database, fleet, providers } = victims;
  const lines = { database: database.line, ...providers.lines };
  await Promise.all([
    stopDatabase(database, figures, streamOf(random), end),
    killProcesses(fleet, streamOf(random), end),
    disturbLines(lines, figures, streamOf(random), end),
    repeatEvents(providers, figures, streamOf(random), end),
  ]);
  // A connection that fell silent would stay so; from here on the lines are as new.
  await Promise.all(Object.values(lines).map((line) => line.cut().then(() => line.mend())));
}

/** Stopped at once every five to ten seconds, away for a moment, recovered by its own log. */
async function stopDatabase(
  database: StormDatabase,
  figures: StormFigures,
  random: Random,
  end: number,
): Promise<void> {
  for (;;) {
    await pause(random.int(5_000, 10_000));
    if (Date.now() >= end) return;
    await database.stopAtOnce();
    await pause(random.int(200, 1_500));
    await database.startAgain();
    figures.databaseRestarts += 1;
  }
}

async function killProcesses(fleet: Fleet, random: Random, end: number): Promise<void> {
  for (;;) {
    await pause(random.int(4_000, 9_000));
    if (Date.now() >= end) return;
    fleet.killOne();
  }
}

/** One line after the other falls silent, is reset or becomes slow. */
async function disturbLines(
  lines: Readonly<Record<LineName, TcpProxy>>,
  figures: StormFigures,
  random: Random,
  end: number,
): Promise<void> {
  const names = Object.keys(lines) as LineName[];
  for (;;) {
    await pause(random.int(2_000, 6_000));
    if (Date.now() >= end) return;
    const name = random.pick(names);
    const line = lines[name];
    const blow = random.pick(['blackhole', 'blackhole', 'reset', 'delay'] as const);
    if (blow === 'reset') {
      line.reset();
      figures.resets += 1;
      continue;
    }
    if (blow === 'blackhole') {
      line.fallSilent();
      figures.blackholes[name] += 1;
    } else {
      line.slowDown(random.int(100, 800));
      figures.delays += 1;
    }
    await pause(random.int(2_000, 5_000));
    line.slowDown(0);
    await line.mend();
  }
}

/** Stripe may deliver an event more than once, and to several processes at the same instant. */
async function repeatEvents(
  { stripe }: Providers,
  figures: StormFigures,
  random: Random,
  end: number,
): Promise<void> {
  const deliveries: Promise<unknown>[] = [];
  while (Date.now() < end) {
    await pause(random.int(100, 400));
    if (stripe.events.length === 0) continue;
    const { event } = random.pick(stripe.events.slice(-REPEATED_AMONG));
    figures.repeatedEvents += 1;
    deliveries.push(stripe.deliver(event.id, { times: 2, concurrently: true }));
  }
  await Promise.allSettled(deliveries);
}
