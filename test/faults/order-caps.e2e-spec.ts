import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProduct, payOrder, placeOrder } from '../support/factories.js';
import { expectNothingDone } from '../support/footprint.js';
import { linesOf } from '../support/log-lines.js';
import { expectProblem } from '../support/problems.js';
import { TestApp } from '../support/test-app.js';

const PER_NUMBER = 3;
const PER_PREFIX = 6;
const PER_DAY = 15;
/** Of one application: as many orders may pass the count of a prefix together. */
const POOL = 2;

let app: TestApp;
let other: TestApp;
let sku: string;

beforeAll(async () => {
  app = await TestApp.start();
  sku = (await createProduct(app, { stock: 1_000 })).sku;
});
afterAll(() => app.stop());

let capped: TestApp;
beforeEach(async () => {
  await app.sql(`UPDATE orders SET created_at = created_at - interval '2 days'`);
  const env = {
    RATE_LIMIT_UNPAID_PER_NUMBER: String(PER_NUMBER),
    RATE_LIMIT_UNPAID_PER_PREFIX: String(PER_PREFIX),
    RATE_LIMIT_UNPAID_PER_DAY: String(PER_DAY),
    DB_POOL_SIZE: String(POOL),
  };
  capped = await TestApp.start({ beside: app, env });
  other = await TestApp.start({ beside: app, env });
});
afterEach(async () => {
  await other.stop();
  await capped.stop();
});

const place = (phoneNumber: string, through: TestApp = capped) =>
  through
    .as('shop')
    .post('/api/orders')
    .send({ customer: { phoneNumber }, items: [{ sku, quantity: 1 }] });

const number = (block: string, n: number): string => `+590690${block}${String(n).padStart(4, '0')}`;

async function refused(phoneNumber: string): Promise<number> {
  const answer = await expectNothingDone(app, async () => place(phoneNumber));
  expectProblem(answer, 429, 'too_many_orders');
  return Number(answer.headers['retry-after']);
}

describe('S8 whoever earns on text messages', () => {
  it('gets no more than a few unpaid orders for one number, until the day is over', async () => {
    for (let n = 0; n < PER_NUMBER; n += 1) await place(number('10', 1)).expect(201);
    const seconds = await refused(number('10', 1));
    expect(seconds).toBeGreaterThan(23 * 3_600);
    expect(seconds).toBeLessThanOrEqual(24 * 3_600);
    await place(number('20', 1)).expect(201);
    await app.sql(`UPDATE orders SET created_at = created_at - interval '24 hours'`);
    await place(number('10', 1)).expect(201);
  });

  it('gets exactly as many from thirty requests at once, at two instances', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_none, n) =>
        place(number('10', 2), n % 2 === 0 ? capped : other),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(PER_NUMBER);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30 - PER_NUMBER);
  });

  it('cannot go on with the neighbours of the number, nor with all of them at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_none, n) =>
        place(number('30', n), n % 2 === 0 ? capped : other),
      ),
    );
    const taken = answers.filter(({ status }) => status === 201).length;
    expect(taken).toBeGreaterThanOrEqual(PER_PREFIX);
    expect(taken).toBeLessThanOrEqual(PER_PREFIX + 2 * POOL);
    const seconds = await refused(number('30', 99));
    expect(seconds).toBeLessThanOrEqual(3_600);
  });

  it('cannot spread over all numbers either: the shop as a whole stops, and calls for help', async () => {
    for (let n = 0; n < PER_DAY; n += 1) await place(number(String(40 + n), n)).expect(201);
    await refused(number('60', 1));
    // Nest has one logger for the whole process: that of the application started last.
    expect(linesOf(other, 'orders.capped')).toContainEqual(
      expect.objectContaining({ level: 'error', cap: 'day' }),
    );
    expect(JSON.stringify(other.logs)).not.toContain(number('60', 1));
  });

  it('sends nothing by an order that was refused', async () => {
    for (let n = 0; n < PER_NUMBER; n += 1) await place(number('70', 1)).expect(201);
    await app.drain();
    const sent = app.doubles.twilio.messages.length;
    await refused(number('70', 1));
    await app.drain();
    expect(app.doubles.twilio.messages).toHaveLength(sent);
  });

  it('does not make honest customers pay: a paid order counts no longer', async () => {
    const customer = { phoneNumber: number('80', 1) };
    for (let n = 0; n < PER_NUMBER; n += 1) {
      await payOrder(app, await placeOrder(app, { customer, items: [{ sku, quantity: 1 }] }));
    }
    await place(customer.phoneNumber).expect(201);
  });

  it('counts by an index, not by a look at every order', async () => {
    await app.sql(`SET enable_seqscan = off`);
    const plan = await app.sql<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT created_at, customer_id FROM orders
        WHERE paid_at IS NULL AND created_at > now() - interval '24 hours'
        ORDER BY created_at DESC LIMIT 10`,
    );
    expect(JSON.stringify(plan)).toContain('orders_unpaid_created_at_idx');
  });

  it('is not helped by reminders: ten of one order, however often somebody clicks', async () => {
    const order = await placeOrder(app, { items: [{ sku, quantity: 1 }] });
    const remind = () => app.as('admin').post(`/api/orders/${order.id}/reminders`);
    for (let n = 0; n < 10; n += 1) {
      await remind().expect(200);
      await app.drain();
    }
    const answer = await expectNothingDone(app, async () => remind());
    expectProblem(answer, 429, 'too_many_reminders');
  });
});
