import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { payOrder, placeOrder } from './support/factories.js';
import {
  abandon,
  hurry,
  MESSAGES,
  outboxOf,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
  whatsappTo,
} from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { insertWaitingOrders, tickReminders, waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const lookUps = (): number => app.doubles.twilio.requestsTo('GET', MESSAGES).length;

describe('a backlog', () => {
  it('of 200 messages is emptied by two instances at once, each message once', async () => {
    const orders = await insertWaitingOrders(app, 200, 90);
    expect(await tickReminders(app)).toBe(200);
    const before = app.doubles.twilio.messages.length;

    const tried = await Promise.all([app.drain(), other.drain(), app.drain(), other.drain()]);

    const sent = app.doubles.twilio.messages.slice(before);
    expect(sent).toHaveLength(200);
    expect(new Set(sent.map(({ to }) => to)).size).toBe(200);
    // Both took their part; the doubled calls joined the drain that was running.
    expect(tried[0] + tried[1]).toBe(200);
    expect(Math.min(tried[0], tried[1])).toBeGreaterThan(0);
    const rows = await app.sql(
      `SELECT status, attempts, count(*)::int AS rows FROM notifications
        WHERE order_id = ANY ($1::uuid[]) GROUP BY status, attempts`,
      [orders],
    );
    expect(rows).toEqual([{ status: 'sent', attempts: 1, rows: 200 }]);
  });

  it('keeps the order of one customer’s messages on any number of instances', async () => {
    const orders = await Promise.all([1, 2, 3, 4, 5].map(() => placeOrder(app)));
    await app.drain();
    for (const order of orders) await payOrder(app, order);
    await Promise.all([app.drain(), other.drain()]);
    await Promise.all([app.drain(), other.drain()]);

    for (const order of orders) {
      expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
    }
  });

  it('goes on past a row that cannot be rendered', async () => {
    const [broken, sound] = [await placeOrder(app), await placeOrder(app)];
    await app.sql(`UPDATE notifications SET params = '{}' WHERE order_id = $1`, [broken.id]);
    await app.drain();

    expect(titlesTo(app, broken)).toEqual([]);
    expect(titlesTo(app, sound)).toEqual([TITLE.confirmation]);
    const row = await outboxRow(app, broken.id, 'order_confirmation');
    expect(row).toMatchObject({ status: 'queued', attempts: 1, errorCode: 'internal_error' });
    expect(row.waitSeconds).toBeGreaterThan(0);
  });

  it('drops what is too late to be of use', async () => {
    const order = await placeOrder(app);
    await app.sql(
      `UPDATE notifications SET not_after = now() - interval '1 second' WHERE order_id = $1`,
      [order.id],
    );
    await app.drain();

    expect(titlesTo(app, order)).toEqual([]);
    expect(await outboxRow(app, order.id, 'order_confirmation')).toMatchObject({
      status: 'dropped',
      errorCode: 'too_late',
    });
  });

  it('gives a reminder up when its link has ended before it could leave', async () => {
    const order = await waitingOrder(app, 90);
    await tickReminders(app);
    const [row] = await app.sql<{ limit: boolean }>(
      `SELECT n.not_after = cs.expires_at AS limit FROM notifications n
         JOIN checkout_sessions cs ON cs.order_id = n.order_id
        WHERE n.order_id = $1 AND n.kind = 'payment_reminder'`,
      [order.id],
    );
    expect(row).toEqual({ limit: true });
    await app.drain();
  });
});

describe('a process that dies', () => {
  it('between its claim and the call leaves a message that another one sends, after looking', async () => {
    const order = await placeOrder(app);
    const { id } = await outboxRow(app, order.id, 'order_confirmation');
    await abandon(app, id);
    const before = lookUps();
    await other.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(lookUps()).toBe(before + 1);
    expect(await outboxRow(app, order.id, 'order_confirmation')).toMatchObject({
      status: 'sent',
      attempts: 2,
      providerId: whatsappTo(app, order)[0]?.sid,
    });
  });

  it('between the call and its settlement leaves a message that is found, not sent again', async () => {
    const order = await placeOrder(app);
    await app.drain();
    const { id } = await outboxRow(app, order.id, 'order_confirmation');
    await abandon(app, id);
    const before = sendRequests(app);
    await other.drain();

    expect(sendRequests(app)).toBe(before);
    expect(await outboxRow(app, order.id, 'order_confirmation')).toMatchObject({
      status: 'sent',
      providerId: whatsappTo(app, order)[0]?.sid,
    });
  });

  it('keeps its rows for itself as long as its lease runs', async () => {
    const order = await placeOrder(app);
    const { id } = await outboxRow(app, order.id, 'order_confirmation');
    await abandon(app, id);
    await app.sql(
      `UPDATE notifications SET lease_until = now() + interval '1 minute' WHERE id = $1`,
      [id],
    );
    await other.drain();
    expect(titlesTo(app, order)).toEqual([]);
    await app.sql(`UPDATE notifications SET status = 'cancelled' WHERE id = $1`, [id]);
  });

  it('does not lose what it knew of an uncertain attempt when the next one cannot be prepared', async () => {
    const order = await placeOrder(app);
    await app.drain();
    const { id } = await outboxRow(app, order.id, 'order_confirmation');
    const [{ params }] = (await app.sql(`SELECT params FROM notifications WHERE id = $1`, [
      id,
    ])) as [{ params: unknown }];
    await abandon(app, id);
    await app.sql(`UPDATE notifications SET params = '{}' WHERE id = $1`, [id]);
    await app.drain();
    await app.sql(`UPDATE notifications SET params = $2 WHERE id = $1`, [
      id,
      JSON.stringify(params),
    ]);
    await hurry(app, order.id);
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect((await outboxRow(app, order.id, 'order_confirmation')).status).toBe('sent');
  });
});

describe('a process that wakes up late', () => {
  it('cannot settle a row that another one has taken over', async () => {
    const order = await placeOrder(app);
    const { id } = await outboxRow(app, order.id, 'order_confirmation');
    app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'delay', ms: 300 });
    const before = sendRequests(app);
    const draining = app.drain();
    await vi.waitFor(() => expect(sendRequests(app)).toBe(before + 1), PATIENTLY);
    // What the other one's claim writes.
    await app.sql(
      `UPDATE notifications SET attempts = attempts + 1, ambiguous = true,
              lease_until = now() + interval '1 minute' WHERE id = $1`,
      [id],
    );
    await draining;

    expect((await outboxOf(app, order.id))[0]).toMatchObject({
      status: 'sending',
      attempts: 2,
      providerId: null,
    });
    // Nest's logger is one for the whole process: the lines are with the application started last.
    const lines = [...app.logs, ...other.logs];
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ notificationId }) => notificationId === id)).toEqual([]);
    await abandon(app, id);
    await other.drain();
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
  });
});
