import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AppProcess,
  type CompiledApplication,
  compileApplication,
  environmentBeside,
  spawnApplication,
} from './support/app-process.js';
import { placeOrder } from './support/factories.js';
import {
  MESSAGES,
  outboxOf,
  outboxRow,
  sendRequests,
  titlesTo,
  TITLE,
  whatsappTo,
} from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { insertWaitingOrders, waitingOrder } from './support/reminders.js';
import { TestApp } from './support/test-app.js';

let compiled: CompiledApplication;
/** Answers HTTP in this process and sends nothing: the processes under test share its database. */
let app: TestApp;
let started: AppProcess[] = [];

beforeAll(async () => {
  [compiled, app] = await Promise.all([compileApplication(), TestApp.start()]);
}, 120_000);
afterEach(async () => {
  app.doubles.twilio.faults.clear();
  await Promise.all(started.map((one) => one.end('SIGKILL')));
  started = [];
});
afterAll(async () => {
  await app.stop();
  await compiled.remove();
});

async function startWorker(env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
  const variables = { ...environmentBeside(app), PROCESS_ROLE: 'worker', ...env };
  const one = await spawnApplication(compiled, variables);
  started.push(one);
  return one.ready();
}

/** The dead process's lease of a minute is over. */
const endLeases = () =>
  app.sql(`UPDATE notifications SET lease_until = now() - interval '1 second'
            WHERE status = 'sending'`);

describe('a worker killed outright', { timeout: 90_000 }, () => {
  it.each([
    ['after Twilio took its message', true],
    ['before Twilio took its message', false],
  ])('%s: the next one sends it once', async (_case, accepted) => {
    app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'hang', accepted });
    const asked = sendRequests(app);
    const worker = await startWorker();
    const order = await placeOrder(app);
    await vi.waitFor(() => {
      expect(sendRequests(app)).toBe(asked + 1);
      expect(titlesTo(app, order)).toHaveLength(accepted ? 1 : 0);
    }, PATIENTLY);
    expect(await worker.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await outboxRow(app, order.id, 'order_confirmation')).status).toBe('sending');

    await endLeases();
    await startWorker();
    await vi.waitFor(async () => {
      expect((await outboxRow(app, order.id, 'order_confirmation')).status).toBe('sent');
    }, PATIENTLY);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(sendRequests(app)).toBe(asked + (accepted ? 1 : 2));
    expect(await outboxRow(app, order.id, 'order_confirmation')).toMatchObject({
      attempts: 2,
      providerId: whatsappTo(app, order)[0]?.sid,
    });
  });
});

describe('a worker frozen beyond its lease', { timeout: 90_000 }, () => {
  it('cannot undo or repeat what another one did meanwhile', async () => {
    app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'hang', accepted: true });
    const frozen = await startWorker();
    const order = await placeOrder(app);
    await vi.waitFor(() => expect(titlesTo(app, order)).toHaveLength(1), PATIENTLY);
    process.kill(frozen.pid, 'SIGSTOP');
    await endLeases();
    const other = await startWorker();
    await vi.waitFor(async () => {
      expect((await outboxRow(app, order.id, 'order_confirmation')).status).toBe('sent');
    }, PATIENTLY);
    const settled = await outboxRow(app, order.id, 'order_confirmation');
    await other.end();

    process.kill(frozen.pid, 'SIGCONT');
    expect(await frozen.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await outboxRow(app, order.id, 'order_confirmation')).toEqual({
      ...settled,
      waitSeconds: expect.any(Number),
    });
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(frozen.logs().filter(({ event }) => event === 'message.sent')).toEqual([]);
  });
});

describe(
  'two workers whose timers fire in the same instant, every second',
  { timeout: 90_000 },
  () => {
    it('remind each order once', async () => {
      const env = { REMINDER_CRON: '* * * * * *' };
      const [one, two] = await Promise.all([startWorker(env), startWorker(env)]);
      const orders = await Promise.all([1, 2, 3, 4, 5].map(() => waitingOrder(app, 61)));
      await vi.waitFor(() => {
        for (const order of orders) expect(titlesTo(app, order)).toContain(TITLE.reminder);
      }, PATIENTLY);
      const ticksOf = (worker: AppProcess): number =>
        worker.logs().filter(({ event }) => event === 'reminders.finished').length;
      const before = [ticksOf(one), ticksOf(two)];
      await vi.waitFor(() => {
        expect(ticksOf(one)).toBeGreaterThanOrEqual(before[0]! + 2);
        expect(ticksOf(two)).toBeGreaterThanOrEqual(before[1]! + 2);
      }, PATIENTLY);

      for (const order of orders) {
        expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.reminder]);
        const rows = await outboxOf(app, order.id);
        expect(rows.filter(({ kind }) => kind === 'payment_reminder')).toHaveLength(1);
      }
    });
  },
);

/** Nobody can write a message until `release`. */
async function lockNotifications() {
  const holder = app.app.get(DataSource).createQueryRunner();
  await holder.startTransaction();
  await holder.query('LOCK TABLE notifications IN SHARE MODE');
  const release = async (): Promise<void> => {
    if (holder.isTransactionActive) await holder.commitTransaction();
    if (!holder.isReleased) await holder.release();
  };
  return {
    release,
    [Symbol.asyncDispose]: release,
    /** How many statements wait to write one. */
    waiting: async (): Promise<number> => {
      const rows = await app.sql(
        `SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO notifications%'`,
      );
      return rows.length;
    },
  };
}

describe('a worker killed in the middle of a batch of reminders', { timeout: 90_000 }, () => {
  it('leaves the rest to the next one: each order is reminded once', async () => {
    const orders = await insertWaitingOrders(app, 1_203, 90);
    const env = { REMINDER_CRON: '* * * * * *' };
    const reminded = async (): Promise<number> => {
      const [row] = await app.sql<{ count: number }>(
        `SELECT count(*)::int AS count FROM reminder_steps WHERE order_id = ANY ($1::uuid[])`,
        [orders],
      );
      return row!.count;
    };
    // The worker has claimed its batch and cannot write the messages yet.
    await using lock = await lockNotifications();
    const worker = await startWorker(env);
    await vi.waitFor(async () => expect(await lock.waiting()).toBeGreaterThan(0), PATIENTLY);
    await worker.end('SIGKILL');
    expect(await reminded()).toBe(0);
    await lock.release();

    await startWorker(env);
    await vi.waitFor(async () => expect(await reminded()).toBe(1_203), PATIENTLY);
    const rows = await app.sql(
      `SELECT o.reminder_sent, count(n.id)::int AS reminders FROM orders o
         LEFT JOIN notifications n ON n.order_id = o.id AND n.kind = 'payment_reminder'
        WHERE o.id = ANY ($1::uuid[]) GROUP BY o.id`,
      [orders],
    );
    expect(rows).toHaveLength(1_203);
    expect(rows.filter((row) => !row['reminder_sent'] || row['reminders'] !== 1)).toEqual([]);
  });
});
