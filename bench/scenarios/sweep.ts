import { Agent, request } from 'undici';
import type { Bench, Scenario } from '../bench.js';
import { inTurns, medianOf, spreadOf } from '../measure/pairs.js';
import { CRON_SECRET } from '../programs/settings.js';
import type { Row } from '../report/row.js';
import { makeDueAgain, seedOrders } from '../seed/orders.js';
import { closeContest, type Contest, type Contestant, openContest } from './contest.js';

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
      const compare = (): Promise<{ application: number; limit: number }[]> =>
        inTurns(
          pairs,
          () => sweepAfresh(contest.application, backlog),
          () => sweepAfresh(contest.limit, backlog),
        );
      const alone = await compare();
      const row = rateRow(`remind ${backlog.toLocaleString('en')} due orders`, alone);
      say(`${row.what}: ${row.figure.median.toFixed(2)} of the limit`);
      say(`writing ${finished} finished orders beside them`);
      await addFinished(contest, finished);
      const crowded = await compare();
      const figure = spreadOf(
        crowded.map(({ application }, turn) => alone[turn]!.application / application),
      );
      say(`beside finished orders: ${figure.median.toFixed(2)} of the time without`);
      return [
        row,
        {
          ...rateRow(`the same beside ${finished.toLocaleString('en')} finished orders`, crowded),
          figure,
          judged: 'time ÷ time without',
          target: { most: 1.15 },
        },
      ];
    } finally {
      await closeContest(bench, contest);
    }
  },
};

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
async function addFinished({ application, limit }: Contest, count: number): Promise<void> {
  const PART = 250_000;
  for (let done = 0; done < count; done += PART) {
    const size = Math.min(PART, count - done);
    await Promise.all(
      [application, limit].map(({ database }) =>
        seedOrders(database.session, 'finished', size, LONG_AGO + done),
      ),
    );
  }
}
