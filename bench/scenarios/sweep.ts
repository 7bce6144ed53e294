import { Agent, request } from 'undici';
import type { Bench, Scenario } from '../bench.js';
import { growthRow, settledMemoryOf, watchMemory } from '../measure/memory.js';
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

/** Due orders, written once for every scenario that begins with them. */
export const dueOrders = ({ stage, options: { backlog }, say }: Bench): Promise<string> =>
  stage.template('due', async (session) => {
    say(`writing ${backlog} due orders`);
    await seedOrders(session, 'due', backlog, 1);
  });

/**
 * How fast the reminders of all who are due are written, whether that depends on what lies beside them,
 * and what the application's process needs of memory meanwhile.
 */
export const sweepDueOrders: Scenario = {
  name: 'sweep',
  async run(bench: Bench) {
    const { options, say } = bench;
    const { backlog, finished, pairs, sweptAtOnce } = options;
    const contest = await openContest(bench, 'sweep', await dueOrders(bench));
    const { application, limit } = contest;
    try {
      const { pid } = application.server.program;
      const idle = sweptAtOnce > 0 ? await settledMemoryOf(pid) : 0;
      const highest = watchMemory(pid);
      const alone = await inTurns(
        pairs,
        () => sweepAfresh(application, backlog),
        () => sweepAfresh(limit, backlog),
      ).finally(highest);
      const row = rateRow(`remind ${backlog.toLocaleString('en')} due orders`, alone);
      say(`${row.what}: ${row.figure.median.toFixed(2)} of the limit`);
      const rows = [row];
      if (finished > 0) rows.push(await besideFinished(bench, application, alone));
      if (sweptAtOnce > backlog) rows.push(await atOnce(bench, application, idle));
      else if (sweptAtOnce > 0) rows.push(memoryRow(bench, idle, highest()));
      return rows;
    } finally {
      await closeContest(bench, contest);
    }
  },
};

/** As many as there may be after an outage: what the process holds is read all the while. */
async function atOnce(bench: Bench, { database, server }: Contestant, idle: number): Promise<Row> {
  const { backlog, sweptAtOnce } = bench.options;
  bench.say(`writing ${sweptAtOnce - backlog} due orders more`);
  await makeDueAgain(database.session);
  await seedOrders(database.session, 'due', sweptAtOnce - backlog, 1 + backlog);
  const highest = watchMemory(server.program.pid);
  await sweep(server.origin, sweptAtOnce).finally(highest);
  return memoryRow(bench, idle, highest());
}

function memoryRow({ options, say }: Bench, idle: number, highest: number): Row {
  const what = `memory growth during a sweep of ${options.sweptAtOnce.toLocaleString('en')} due orders`;
  say(`${what}: ${(highest - idle).toFixed(0)} MB, from ${idle.toFixed(0)} MB`);
  return growthRow('sweep', what, idle, { highest });
}

/** The application only: what is asked is whether its time grows. */
async function besideFinished(
  { options, say }: Bench,
  application: Contestant,
  alone: readonly { application: number }[],
): Promise<Row> {
  const { backlog, finished } = options;
  say(`writing ${finished} finished orders beside them`);
  await seedOrders(application.database.session, 'finished', finished, LONG_AGO);
  // Else what is still to be written of them would be, while the sweeps are timed.
  await application.database.session.query('CHECKPOINT');
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
