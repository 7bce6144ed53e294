import { Agent, request } from 'undici';
import type { Bench, Scenario } from '../bench.js';
import { inTurns, medianOf, spreadOf } from '../measure/pairs.js';
import { CRON_SECRET } from '../programs/settings.js';
import type { Row } from '../report/row.js';
import { makeDueAgain, seedOrders } from '../seed/orders.js';
import { closeContest, type Contestant, openContest } from './contest.js';

/** A sweep answers when it is through, however long that takes. */
const patient = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** Asks a program to remind everybody who is due and answers orders a second. Throws when any is left out. */
export async function sweep(origin: string, expected: number): Promise<number> {
  const begin = performance.now();
  const { statusCode, body } = await request(`${origin}/api/cron/payment-reminders`, {
    headers: { authorization: `Bearer ${CRON_SECRET}` },
    dispatcher: patient,
  });
  const answer = (await body.json()) as { processed?: number };
  const seconds = (performance.now() - begin) / 1_000;
  if (statusCode !== 200 || answer.processed !== expected) {
    throw new Error(`A sweep of ${expected} orders answered ${statusCode}: ${answer.processed}`);
  }
  return expected / seconds;
}

async function sweepAfresh({ database, server }: Contestant, expected: number): Promise<number> {
  await makeDueAgain(database.session);
  return sweep(server.origin, expected);
}

const LONG_AGO = 10_000_000;

export const sweepDueOrders: Scenario = {
  name: 'sweep',
  async run(bench: Bench) {
    const { options, say } = bench;
    const { backlog, finished, pairs } = options;
    say(`writing ${backlog} due orders, twice`);
    const contest = await openContest(bench, 'sweep', ({ session }) =>
      seedOrders(session, 'due', backlog, 1),
    );
    try {
      const alone = await inTurns(
        pairs,
        () => sweepAfresh(contest.application, backlog),
        () => sweepAfresh(contest.limit, backlog),
      );
      const row = rateRow(`remind ${backlog.toLocaleString('en')} due orders`, alone);
      say(`${row.what}: ${row.figure.median.toFixed(2)} of the limit`);
      if (finished === 0) return [row];
      return [row, await besideFinished(bench, contest.application, alone)];
    } finally {
      await closeContest(bench, contest);
    }
  },
};

/** The application only: what is asked is whether its time grows. */
async function besideFinished(
  { options, say }: Bench,
  application: Contestant,
  alone: readonly { application: number }[],
): Promise<Row> {
  const { backlog, finished } = options;
  say(`writing ${finished} finished orders beside them`);
  await addFinished(application, finished);
  const crowded: number[] = [];
  for (const _turn of alone) crowded.push(await sweepAfresh(application, backlog));
  const usual = medianOf(alone.map(({ application: rate }) => rate));
  const figure = spreadOf(crowded.map((rate) => usual / rate));
  say(`beside finished orders: ${figure.median.toFixed(2)} of the time without`);
  return {
    scenario: 'sweep',
    what: `the same beside ${finished.toLocaleString('en')} finished orders`,
    unit: 'orders/s',
    application: medianOf(crowded),
    limit: null,
    figure,
    judged: 'time ÷ time without',
    target: { most: 1.15 },
    details: {},
  };
}

const rateRow = (what: string, pairs: readonly { application: number; limit: number }[]): Row => ({
  scenario: 'sweep',
  what,
  unit: 'orders/s',
  application: medianOf(pairs.map(({ application }) => application)),
  limit: medianOf(pairs.map(({ limit }) => limit)),
  figure: spreadOf(pairs.map(({ application, limit }) => application / limit)),
  judged: 'application ÷ limit',
  target: { least: 0.7 },
  details: {},
});

/** In parts, which PostgreSQL need not keep in memory at once. */
async function addFinished({ database }: Contestant, count: number): Promise<void> {
  const PART = 250_000;
  for (let done = 0; done < count; done += PART) {
    const size = Math.min(PART, count - done);
    await seedOrders(database.session, 'finished', size, LONG_AGO + done);
  }
}
