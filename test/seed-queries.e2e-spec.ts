import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder, placeOrder } from './support/factories.js';
import { tickReminders, waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

/** The shop's own queries, as its people have always run them: word for word. */
const WAITING = `-- Commandes en attente de paiement
SELECT * FROM orders 
WHERE payment_status = 'pending' 
ORDER BY created_at DESC;`;

const REMINDER_RATE = `-- Taux de relance
SELECT 
  COUNT(*) as total,
  SUM(CASE WHEN reminder_sent THEN 1 ELSE 0 END) as reminders_sent,
  ROUND(100.0 * SUM(CASE WHEN reminder_sent THEN 1 ELSE 0 END) / COUNT(*), 2) as reminder_rate
FROM orders
WHERE payment_status = 'pending';`;

const REMINDER_EFFECT = `-- Efficacité des relances
SELECT 
  DATE(created_at) as date,
  COUNT(*) as reminders_sent,
  SUM(CASE WHEN payment_status = 'paid' THEN 1 ELSE 0 END) as paid_after_reminder
FROM orders
WHERE reminder_sent = true
GROUP BY DATE(created_at);`;

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

describe('the shop’s own queries', () => {
  it('run unchanged and give the figures of what happened', async () => {
    // Three are reminded, one of them then pays; three are too young, one of them pays at once.
    const reminded = [];
    for (const minutes of [90, 80, 70]) reminded.push(await waitingOrder(app, minutes));
    expect(await tickReminders(app)).toBe(3);
    await payOrder(app, reminded[0]!);
    const young = [await placeOrder(app), await placeOrder(app)];
    await payOrder(app, await placeOrder(app));

    const waiting = await app.sql(WAITING);
    expect(waiting.map(({ order_number: number }) => number)).toEqual(
      [young[1]!, young[0]!, reminded[2]!, reminded[1]!].map(({ orderNumber }) => orderNumber),
    );
    expect(waiting[0]).toMatchObject({
      id: young[1]!.id,
      status: 'pending',
      payment_status: 'pending',
      total_amount: 25_990,
      currency: 'eur',
      stripe_session_id: young[1]!.stripeSessionId,
      reminder_sent: false,
      created_at: new Date(young[1]!.createdAt),
    });

    expect(await app.sql(REMINDER_RATE)).toEqual([
      { total: '4', reminders_sent: '2', reminder_rate: '50.00' },
    ]);

    // All on one day, unless the run crosses midnight: what counts is the sum.
    const effect = await app.sql<{ reminders_sent: string; paid_after_reminder: string }>(
      REMINDER_EFFECT,
    );
    const sum = (of: 'reminders_sent' | 'paid_after_reminder'): number =>
      effect.reduce((total, row) => total + Number(row[of]), 0);
    expect([sum('reminders_sent'), sum('paid_after_reminder')]).toEqual([3, 1]);
    expect(Object.keys(effect[0]!)).toEqual(['date', 'reminders_sent', 'paid_after_reminder']);
  });
});
