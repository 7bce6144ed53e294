import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeliveryCheckService } from '../src/notifications/delivery-check.service.js';
import { DispatcherService } from '../src/notifications/dispatcher.service.js';
import { RefundsTicker } from '../src/payments/refunds.ticker.js';
import { ReminderService } from '../src/reminders/reminder.service.js';
import { placeOrder } from './support/factories.js';
import { BIG_TABLES, insertFinishedOrders } from './support/finished-rows.js';
import { insertWaitingOrders } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

/** Enough that PostgreSQL reads a table whole only when it has no index for the question. */
const FINISHED = 20_000;
const WAITING = 20;

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ env: { REMINDER_STEPS: '1h,6h' } });
  await insertFinishedOrders(app, FINISHED);
  await insertWaitingOrders(app, WAITING, 90);
}, 120_000);
afterAll(() => app.stop());

interface Asked {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A query of node-postgres, or a batch of them. */
interface Sent extends Partial<Asked> {
  readonly text: string;
  readonly parts?: readonly (Partial<Asked> & { readonly text: string })[];
}

const IS_QUESTION = /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b/i;

/** What is really asked while `work` runs, each text once. */
async function statementsAsked(work: () => PromiseLike<unknown>): Promise<Asked[]> {
  const asked = new Map<string, Asked>();
  const prototype = pg.Client.prototype as unknown as {
    query: (this: unknown, ...given: unknown[]) => unknown;
  };
  const { query } = prototype;
  prototype.query = function listening(...given) {
    const [first, values = []] = given as [string | Sent, (readonly unknown[])?];
    const sent = typeof first === 'string' ? { text: first, values } : first;
    for (const one of sent.parts ?? [sent]) {
      if (IS_QUESTION.test(one.text)) asked.set(one.text, { ...one, values: one.values ?? [] });
    }
    return query.apply(this, given);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return [...asked.values()];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

const readWhole = (node: PlanNode): string[] => [
  ...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []),
  ...(node.Plans ?? []).flatMap(readWhole),
];

/**
 * Which of the tables PostgreSQL would read whole for this statement: with these values, or under the
 * plan for all values that a prepared statement may get.
 */
async function tablesReadWhole(
  { text, values }: Asked,
  tables: readonly string[],
): Promise<string[]> {
  const client = new pg.Client({ connectionString: app.database.url });
  await client.connect();
  try {
    const explain = async (options: string, given: unknown[]) => {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (${options}FORMAT JSON) ${text}`,
        given,
      );
      return readWhole(rows[0]!['QUERY PLAN'][0].Plan);
    };
    const whole = [...(await explain('', [...values])), ...(await explain('GENERIC_PLAN, ', []))];
    return whole.filter((table) => tables.includes(table));
  } finally {
    await client.end();
  }
}

async function expectNoBigScan(
  work: () => PromiseLike<unknown>,
  tables: readonly string[] = BIG_TABLES,
): Promise<void> {
  const asked = await statementsAsked(work);
  expect(asked).not.toEqual([]);
  for (const one of asked) {
    expect({ text: one.text, tables: await tablesReadWhole(one, tables) }).toEqual({
      text: one.text,
      tables: [],
    });
  }
}

const list = (query: string) => () => app.as('admin').get(`/api/orders?${query}`).expect(200);

describe('with thousands of finished orders beside the few that wait', { timeout: 60_000 }, () => {
  it('no big table is read whole by the sweep of reminders', async () => {
    await expectNoBigScan(async () =>
      expect(await app.app.get(ReminderService).sendDueReminders()).toBe(WAITING),
    );
  });

  it('nor by the sending of messages', async () => {
    await expectNoBigScan(async () =>
      expect(await app.app.get(DispatcherService).drain()).toBe(WAITING),
    );
  });

  it('nor by what asks for the fate of messages', async () => {
    await app.sql(
      `UPDATE notifications SET delivery_check_at = now() WHERE delivery_check_at IS NOT NULL`,
    );
    await expectNoBigScan(() => app.app.get(DeliveryCheckService).checkDue());
  });

  it.each<[string, () => Promise<unknown>]>([
    ['checkout sessions', () => app.tickCheckout()],
    ['refunds', () => app.app.get(RefundsTicker).tick()],
    ['what no webhook told', () => app.reconcile()],
  ])('nor by the timer of %s', async (_what, tick) => {
    await expectNoBigScan(tick);
  });

  it('nor when an order is placed', async () => {
    await expectNoBigScan(() => placeOrder(app));
  });

  it('nor is the catalogue, of which an order has but two articles', async () => {
    await app.sql(
      `INSERT INTO products (sku, brand, model, unit_amount, currency, stock)
       SELECT 'PLAN-' || n, 'Michelin', 'Primacy', 9900, 'eur', 10
         FROM generate_series(1, 1000) AS n`,
    );
    await app.sql('ANALYZE products');
    const items = ['PLAN-1', 'PLAN-2'].map((sku) => ({ sku, quantity: 1 }));
    await expectNoBigScan(() => placeOrder(app, { items }), ['products']);
  });

  it('nor by a scrape of /metrics, which tells the finished ones by an estimate', async () => {
    let text = '';
    await expectNoBigScan(async () => {
      ({ text } = await app.http.get('/metrics').expect(200));
    });
    const estimated = /garageconnect_orders_estimated\{status="picked_up"\} (\d+)/.exec(text)?.[1];
    expect(Number(estimated)).toBeGreaterThan(FINISHED * 0.7);
    expect(Number(estimated)).toBeLessThan(FINISHED * 0.9);
  });

  it.each([
    'limit=20',
    'status=pending',
    'status=confirmed',
    'paymentStatus=processing',
    'paymentStatus=refunded&limit=100',
  ])('nor by the list of orders with %s', async (query) => {
    await expectNoBigScan(list(query));
  });
});
