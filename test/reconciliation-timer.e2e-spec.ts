import { SchedulerRegistry } from '@nestjs/schedule';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReconciliationService } from '../src/payments/reconciliation.service.js';
import { placeOrder } from './support/factories.js';
import { linesOf } from './support/log-lines.js';
import { factsOf } from './support/order-facts.js';
import { makeChecksDue } from './support/reconciliation.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const paidUnheard = async () => {
  const order = await placeOrder(app);
  app.doubles.stripe.pay(order.stripeSessionId!);
  return order;
};

describe('reconciliation', () => {
  it.each(['all', 'worker'])('runs by itself in role %s', async (role) => {
    const other = await TestApp.start({ beside: app, env: { PROCESS_ROLE: role } });
    expect(other.app.get(SchedulerRegistry).getIntervals()).toContain('reconciliation');
    await other.stop();
  });

  it('counts what it mended and what it could not do', async () => {
    const scrape = async (name: string) => {
      const { text } = await app.as('admin').get('/metrics').expect(200);
      const line = text.split('\n').find((one) => one.startsWith(name));
      return Number(line?.split(' ').at(-1) ?? 0);
    };
    const mended = 'garageconnect_reconciled_total{kind="missed_event"}';
    const failed = 'garageconnect_reconciliation_failures_total{kind="session"}';
    const before = await scrape(mended);
    await paidUnheard();
    await makeChecksDue(app);
    const count = await app.reconcile();
    expect((await scrape(mended)) - before).toBe(count);

    const failures = await scrape(failed);
    await makeChecksDue(app);
    await placeOrder(app);
    await makeChecksDue(app);
    await app.doubles.stripe.down();
    await app.reconcile();
    await app.doubles.stripe.up();
    expect((await scrape(failed)) - failures).toBe(1);
  });

  it('and a webhook at the same instant settle a payment once', async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, paidUnheard));
    await makeChecksDue(app);
    await Promise.all([app.reconcile(), app.doubles.stripe.deliverPending(), app.reconcile()]);
    for (const { id } of orders) {
      const facts = await factsOf(app, id);
      expect(facts).toMatchObject({ state: 'confirmed/paid', passes: 1, reviews: [] });
      expect(facts.payments).toHaveLength(1);
      expect(facts.messages.filter((line) => line.startsWith('payment_thank_you'))).toHaveLength(1);
    }
  });

  it('ends with its process, and another goes on where it stopped', async () => {
    const orders = await Promise.all(Array.from({ length: 3 }, paidUnheard));
    await makeChecksDue(app);
    const other = await TestApp.start({ beside: app });
    app.doubles.stripe.faults.add({ method: 'GET', kind: 'delay', ms: 500 });
    const running = other.app.get(ReconciliationService).tick();
    await other.stop();
    await running;
    expect(linesOf(other, 'reconciliation.part_failed')).toEqual([]);
    await makeChecksDue(app);
    await app.reconcile();
    for (const { id } of orders) expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });
});
