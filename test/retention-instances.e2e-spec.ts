import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placeOrder } from './support/factories.js';
import { expectKilled, Processes } from './support/processes.js';
import { applyRetention, holdings, oldOrders } from './support/retention.js';

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

const COUNT = 450;

async function counts(): Promise<{ live: number; archived: number; twice: number }> {
  const [row] = await processes.app.sql<{ live: number; archived: number; twice: number }>(
    `SELECT (SELECT count(*)::int FROM orders WHERE order_number LIKE 'GC-OLD-%') AS live,
            (SELECT count(*)::int FROM archived_orders) AS archived,
            (SELECT count(*)::int FROM archived_orders JOIN orders USING (id)) AS twice`,
  );
  return row!;
}

async function putBack(): Promise<void> {
  await processes.app.sql(`TRUNCATE archived_orders, archived_order_names, archived_notifications`);
  const customer = await placeOrder(processes.app);
  await oldOrders(processes.app, customer, COUNT);
}

describe('retention on several instances', { timeout: 90_000 }, () => {
  it('at the same instant moves each order once', async () => {
    await putBack();
    const { app } = processes;
    const before = await holdings(app);
    const [one, two] = await Promise.all([processes.ready(), processes.ready()]);
    await Promise.all([app.url, one.url, two.url].map((url) => applyRetention(app, url)));
    // Whose rows were skipped by one was moved by another, or is moved now.
    await applyRetention(app);
    expect(await counts()).toEqual({ live: 0, archived: COUNT, twice: 0 });
    expect(await holdings(app)).toEqual(before);
    for (const instance of [one, two]) {
      expect(instance.logs().filter(({ event }) => event === 'retention.part_failed')).toEqual([]);
    }
  });

  it('killed between two batches loses nothing and does nothing twice', async () => {
    await putBack();
    const { app } = processes;
    const before = await holdings(app);
    const doomed = await processes.doomed('between_retention_batches');
    await applyRetention(app, doomed.url).catch(() => undefined);
    await expectKilled(doomed);
    expect(await counts()).toEqual({ live: COUNT - 200, archived: 200, twice: 0 });
    expect(await holdings(app)).toEqual(before);
    await applyRetention(app);
    expect(await counts()).toEqual({ live: 0, archived: COUNT, twice: 0 });
    expect(await holdings(app)).toEqual(before);
  });

  it('killed inside a batch has not begun it', async () => {
    await putBack();
    const { app } = processes;
    const before = await holdings(app);
    const doomed = await processes.doomed('inside_a_retention_batch');
    await applyRetention(app, doomed.url).catch(() => undefined);
    await expectKilled(doomed);
    expect(await counts()).toEqual({ live: COUNT, archived: 0, twice: 0 });
    expect(await holdings(app)).toEqual(before);
    await applyRetention(app);
    expect(await counts()).toEqual({ live: 0, archived: COUNT, twice: 0 });
  });
});
