import type { Bench } from '../bench.js';
import type { LoadRequest } from '../measure/load.js';
import { inTurns, medianOf, spreadOf } from '../measure/pairs.js';
import { detailsOf, measureWindow } from '../measure/window.js';
import type { Row, Target } from '../report/row.js';
import type { BenchDatabase, Server } from '../stage.js';

/** One of the two that are compared, each with a database of its own. */
export interface Contestant {
  readonly database: BenchDatabase;
  readonly server: Server;
}

export interface Contest {
  readonly application: Contestant;
  readonly limit: Contestant;
}

/** Both programs listening, on two databases that are the same. */
export async function openContest(
  { stage }: Bench,
  name: string,
  template?: string,
): Promise<Contest> {
  const [one, other] = [
    await stage.database(`${name}_application`, template),
    await stage.database(`${name}_limit`, template),
  ];
  return {
    application: { database: one, server: await stage.application(one) },
    limit: { database: other, server: await stage.limit(other) },
  };
}

export async function closeContest({ stage }: Bench, contest: Contest): Promise<void> {
  for (const { server, database } of [contest.application, contest.limit]) {
    await stage.stop(server.program);
    await database.drop();
  }
}

/** What is asked of one of the two during a window: prepared before, then one request a call. */
export type Requests = (who: keyof Contest, clients: number) => Promise<() => LoadRequest | null>;

/**
 * Windows of load by turns, after one of each that does not count: a long one of all clients when this road
 * is new to the programs, so that V8 has compiled what is hot, else one like the others.
 */
export async function compareRates(
  bench: Bench,
  contest: Contest,
  scenario: string,
  asked: {
    what: string;
    unit: string;
    target: Target;
    clients: number;
    isNew: boolean;
    requests: Requests;
  },
): Promise<Row> {
  const { stage, options, say } = bench;
  const { what, unit, target, clients, isNew, requests } = asked;
  const window = (who: keyof Contest, ms: number, load: number) => async () => {
    const next = await requests(who, load);
    return measureWindow(stage, contest[who].server, load, ms, next);
  };
  const warmMs = isNew ? options.warmMs : options.windowMs;
  const warmers = isNew ? Math.max(...options.clients) : clients;
  await inTurns(1, window('application', warmMs, warmers), window('limit', warmMs, warmers));
  const pairs = await inTurns(
    options.pairs,
    window('application', options.windowMs, clients),
    window('limit', options.windowMs, clients),
  );
  const figure = spreadOf(
    pairs.map(({ application, limit }) => application.perSecond / limit.perSecond),
  );
  say(`${what}: ${figure.median.toFixed(2)} of the limit`);
  return {
    scenario,
    what,
    unit,
    application: medianOf(pairs.map(({ application }) => application.perSecond)),
    limit: medianOf(pairs.map(({ limit }) => limit.perSecond)),
    figure,
    judged: 'application ÷ limit',
    target,
    details: detailsOf(pairs),
  };
}
