import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArchiveRepository } from '../src/retention/archive.repository.js';
import { readOrder } from './support/factories.js';
import { factsOf, outcomeOf } from './support/order-facts.js';
import { whatsappTo } from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { expectProblem } from './support/problems.js';
import { askRefund, refundsAtStripe } from './support/refunds.js';
import {
  ageMonths,
  applyRetention,
  cancelledOrder,
  type CollectedOrder,
  collectedOrder,
  holdings,
  placeOf,
} from './support/retention.js';
import { deliver, sessionEvent, told } from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.logs.length = 0;
});

/** Collected 19 months ago, and archived since. */
async function archivedOrder(): Promise<CollectedOrder> {
  const collected = await collectedOrder(app);
  await ageMonths(app, collected.order.id, 19);
  await applyRetention(app);
  expect(await placeOf(app, collected.order.id)).toEqual(['archive']);
  return collected;
}

/** Row by row the order and what hangs on it, live. */
const rowsOf = (id: string) =>
  app.sql(
    `SELECT to_jsonb(o) AS "order",
            (SELECT jsonb_agg(to_jsonb(i) ORDER BY position) FROM order_items i WHERE order_id = o.id) AS items,
            (SELECT jsonb_agg(to_jsonb(e) ORDER BY id) FROM order_events e WHERE order_id = o.id) AS events,
            (SELECT jsonb_agg(to_jsonb(s)) FROM checkout_sessions s WHERE order_id = o.id) AS sessions,
            (SELECT jsonb_agg(to_jsonb(p)) FROM payments p WHERE order_id = o.id) AS payments,
            (SELECT jsonb_agg(to_jsonb(p)) FROM pickup_passes p WHERE order_id = o.id) AS passes,
            (SELECT jsonb_agg(to_jsonb(e) ORDER BY id) FROM stripe_events e WHERE order_id = o.id) AS inbox
       FROM orders o WHERE id = $1`,
    [id],
  );

describe('an event of an archived order', () => {
  it('finds every row as it was, and is applied', async () => {
    const { order } = await collectedOrder(app);
    await ageMonths(app, order.id, 19);
    const before = await rowsOf(order.id);
    await applyRetention(app);
    const held = await holdings(app);
    const event = told(sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!));
    expect(await deliver(app, event)).toEqual([200]);
    expect(await outcomeOf(app, event.id)).toBe('ignored already_applied');
    await app.sql(`DELETE FROM stripe_events WHERE id = $1`, [event.id]);
    expect(await rowsOf(order.id)).toEqual(before);
    expect(await holdings(app)).toEqual(held);
    const line = app.logs.find(({ event: name }) => name === 'archive.order_brought_back');
    expect(line).toMatchObject({ level: 'warn', orderId: order.id });
  });

  it('a refund from the dashboard is booked and told, and the order goes back when all is quiet', async () => {
    const { order, intentId } = await archivedOrder();
    app.doubles.stripe.refund(intentId);
    await app.doubles.stripe.deliverPending();
    await app.drain();
    const facts = await factsOf(app, order.id);
    expect(facts.state).toBe('picked_up/refunded');
    expect(facts.payments).toMatchObject([{ amount: 25_990, refunded: 25_990 }]);
    expect(facts.messages).toEqual(['payment_refunded whatsapp sent']);
    // It has changed: it stays for as long as any order.
    await applyRetention(app);
    expect(await placeOf(app, order.id)).toEqual(['live']);
    await ageMonths(app, order.id, 19);
    await applyRetention(app);
    expect(await placeOf(app, order.id)).toEqual(['archive']);
    expect((await readOrder(app, order.id)).paymentStatus).toBe('refunded');
  });

  it('a dispute, which names nothing but the payment, goes to a person', async () => {
    const { order, intentId } = await archivedOrder();
    app.doubles.stripe.dispute(intentId);
    await app.doubles.stripe.deliverPending();
    const { reviews } = await factsOf(app, order.id);
    expect(reviews.map(({ reason }) => reason)).toEqual(['disputed']);
    await applyRetention(app);
    expect(await placeOf(app, order.id)).toEqual(['live']);
  });

  it('two at the same instant are both applied', async () => {
    const { order, intentId } = await archivedOrder();
    app.doubles.stripe.refund(intentId, 1_000);
    app.doubles.stripe.dispute(intentId);
    const late = app.doubles.stripe.events
      .filter(({ event }) => JSON.stringify(event).includes(intentId))
      .map(({ event }) => event)
      .filter(({ type }) => type === 'charge.refunded' || type === 'charge.dispute.created')
      .slice(-2);
    const statuses = await Promise.all(late.map((event) => deliver(app, event)));
    expect(statuses).toEqual([[200], [200]]);
    const { state, reviews, payments } = await factsOf(app, order.id);
    expect(state).toBe('picked_up/partially_refunded');
    expect(reviews.map(({ reason }) => reason)).toEqual(['disputed']);
    expect(payments).toMatchObject([{ refunded: 1_000 }]);
  });

  it('that comes in the very moment in which its order is archived is applied all the same', async () => {
    const { order, intentId } = await collectedOrder(app);
    await ageMonths(app, order.id, 19);
    const archive = app.app.get(ArchiveRepository);
    const moving = app.app.get(DataSource).createQueryRunner();
    await moving.startTransaction();
    await moving.query(`SELECT FROM orders WHERE id = $1 FOR UPDATE`, [order.id]);
    app.doubles.stripe.refund(intentId, 700);
    const refunded = app.doubles.stripe.eventsOf('charge.refunded').at(-1)!;
    const answer = deliver(app, refunded);
    await vi.waitFor(async () => {
      const waiting = await app.sql(
        `SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND wait_event_type = 'Lock' AND query LIKE '%FROM orders WHERE id%FOR UPDATE%'`,
      );
      expect(waiting).toHaveLength(1);
    }, PATIENTLY);
    const position = { id: order.id, createdAt: '' };
    expect(await archive.moveLocked(moving.manager, [position])).toBe(1);
    await moving.commitTransaction();
    await moving.release();
    expect(await answer).toEqual([200]);
    expect(await placeOf(app, order.id)).toEqual(['live']);
    expect((await factsOf(app, order.id)).payments).toMatchObject([{ refunded: 700 }]);
  });

  it('is refused as a whole when it cannot be applied, and the order stays where it is', async () => {
    const { order, intentId } = await archivedOrder();
    await app.sql(
      `ALTER TABLE payment_reviews ADD CONSTRAINT no CHECK (reason <> 'disputed') NOT VALID`,
    );
    try {
      app.doubles.stripe.dispute(intentId);
      const [event] = app.doubles.stripe.eventsOf('charge.dispute.created').slice(-1);
      expect(await deliver(app, event!)).toEqual([500]);
    } finally {
      await app.sql(`ALTER TABLE payment_reviews DROP CONSTRAINT no`);
    }
    expect(await placeOf(app, order.id)).toEqual(['archive']);
  });
});

describe('a late word of Twilio', () => {
  it('on a message that was archived is taken, and changes nothing', async () => {
    const { order } = await archivedOrder();
    const read = () => app.sql(`SELECT * FROM archived_notifications ORDER BY id`);
    const before = await read();
    for (const { sid } of whatsappTo(app, order)) {
      const attempts = await app.doubles.twilio.callback(sid, 'read');
      expect(attempts.map(({ status }) => status)).toEqual([204]);
    }
    expect(await read()).toEqual(before);
    expect(await app.sql(`SELECT FROM notifications WHERE order_id = $1`, [order.id])).toEqual([]);
  });
});

describe('somebody who wants something of an archived order', () => {
  it('hears at the counter that it was collected, and when; it stays archived', async () => {
    const { order, token } = await archivedOrder();
    const answer = await app.as('counter').post('/api/pickups').send({ token });
    expect([answer.status, answer.body.code]).toEqual([409, 'already_picked_up']);
    const [row] = await app.sql<{ at: Date }>(
      `SELECT picked_up_at AS at FROM archived_orders WHERE id = $1`,
      [order.id],
    );
    expect(answer.body.pickedUpAt).toBe(row!.at.toISOString());
    expect(await placeOf(app, order.id)).toEqual(['archive']);
  });

  it('gets money back, once', async () => {
    const { order, intentId } = await archivedOrder();
    await askRefund(app, order.id, { amount: 500 }, 'late-refund').expect(201);
    await askRefund(app, order.id, { amount: 500 }, 'late-refund').expect(200);
    expect(refundsAtStripe(app, intentId)).toEqual([500]);
    expect((await readOrder(app, order.id)).paymentStatus).toBe('partially_refunded');
  });

  it('hears the truth when it cannot be cancelled, paid or reminded', async () => {
    const { order } = await archivedOrder();
    const admin = app.as('admin');
    const path = `/api/orders/${order.id}`;
    expectProblem(await admin.post(`${path}/cancel`), 409, 'order_already_paid');
    expectProblem(await admin.post(`${path}/checkout-session`), 409, 'order_not_pending');
    expectProblem(await admin.post(`${path}/reminders`), 409, 'order_not_pending');
    expect(await placeOf(app, order.id)).toEqual(['archive']);
    const cancelled = await cancelledOrder(app);
    await ageMonths(app, cancelled.id, 19);
    await applyRetention(app);
    await admin.post(`/api/orders/${cancelled.id}/cancel`).expect(200);
  });
});
