import type { Bench, Scenario } from '../bench.js';
import type { BenchOptions } from '../options.js';
import type { Row } from '../report/row.js';
import { findOpenOrders, seedOrders } from '../seed/orders.js';
import { paidEvent } from '../seed/signed-events.js';
import { falsely, repeatedly, WaitingOrders } from '../seed/waiting-orders.js';
import {
  closeContest,
  compareRates,
  type Contest,
  type Contestant,
  openContest,
} from './contest.js';

/** No program here settles more in a second. */
const MOST_PER_SECOND = 4_000;
/** Over all windows together, those of a single client too. */
const USUAL_PER_SECOND = 1_600;
/** Enough not to be the same few rows, few enough to be written before the clock runs. */
const REPEATED = 500;
const CLIENTS = 16;
/** Seconds: Stripe delivers again after minutes or hours (docs.stripe.com/webhooks). */
const AN_HOUR = 3_600;

/** Payments as Stripe tells of them: for the first time, once more, and by somebody who is not Stripe. */
export const settlePayments: Scenario = {
  name: 'settle',
  async run(bench: Bench) {
    const count = payments(bench.options);
    bench.say(`writing ${count} orders that wait for their payment`);
    const template = await bench.stage.template('unpaid', (session) =>
      seedOrders(session, 'open', count, 1),
    );
    const contest = await openContest(bench, 'settle', template);
    try {
      return [...(await firstDeliveries(bench, contest)), ...(await others(bench, contest))];
    } finally {
      await closeContest(bench, contest);
    }
  },
};

/** First deliveries in all windows together. */
const payments = ({ clients, pairs, windowMs, warmMs }: BenchOptions): number =>
  Math.ceil(((clients.length * (pairs + 1) * windowMs + warmMs) / 1_000) * USUAL_PER_SECOND);

async function firstDeliveries(bench: Bench, contest: Contest): Promise<Row[]> {
  const { clients: counts, windowMs, warmMs } = bench.options;
  const perWindow = Math.ceil((Math.max(windowMs, warmMs) / 1_000) * MOST_PER_SECOND);
  const { application, limit } = contest;
  const waiting = {
    application: await WaitingOrders.of(application.database.session),
    limit: await WaitingOrders.of(limit.database.session),
  };
  const rows: Row[] = [];
  for (const [turn, clients] of counts.entries()) {
    rows.push(
      await compareRates(bench, contest, 'settle', {
        what: `settle a payment, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
        unit: 'events/s',
        target: { least: 0.7 },
        clients,
        isNew: turn === 0,
        requests: async (who) => waiting[who].firstDeliveries(perWindow),
      }),
    );
  }
  return rows;
}

async function others(bench: Bench, contest: Contest): Promise<Row[]> {
  const payloads = {
    application: await unsettled(contest.application),
    limit: await unsettled(contest.limit),
  };
  const asked = { unit: 'events/s', target: { least: 0.8 }, clients: CLIENTS, isNew: false };
  return [
    await compareRates(bench, contest, 'settle', {
      ...asked,
      what: 'the same events again',
      requests: async (who) => repeatedly(payloads[who]),
    }),
    await compareRates(bench, contest, 'settle', {
      ...asked,
      what: 'forged signatures',
      requests: async (who) => falsely(payloads[who]),
    }),
  ];
}

/** Events whose orders are left open: the first window, which does not count, settles them. */
async function unsettled({ database: { session } }: Contestant): Promise<string[]> {
  await seedOrders(session, 'open', REPEATED, 1_000_000);
  const orders = await findOpenOrders(session);
  return orders.slice(-REPEATED).map((order) => paidEvent(order, AN_HOUR));
}
