import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { orderBody, placeOrder } from '../support/factories.js';
import { MESSAGES, outboxOf, outboxRow, sendRequests, titlesTo, TITLE } from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { endLeases, isStopped, Processes } from '../support/processes.js';

const WORKER = { PROCESS_ROLE: 'worker' } as const;
const WAITS = { timeout: 90_000 } as const;

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

const confirmationOf = (order: OrderResponse) =>
  outboxRow(processes.app, order.id, 'order_confirmation');

const isSent = async (order: OrderResponse): Promise<void> => {
  await vi.waitFor(async () => {
    expect((await confirmationOf(order)).status).toBe('sent');
  }, PATIENTLY);
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('K9 a process that is told to stop (SIGTERM)', WAITS, () => {
  it('lets a request that is under way be answered, then ends with 0 and leaves nothing', async () => {
    const { app } = processes;
    const web = await processes.ready({ PROCESS_ROLE: 'web' });
    const body = await orderBody(app);
    const path = /^\/v1\/checkout\/sessions$/;
    const before = app.doubles.stripe.requestsTo('POST', path).length;
    app.doubles.stripe.faults.add({ method: 'POST', path, kind: 'delay', ms: 1_500 });
    const answer = supertest(web.url)
      .post('/api/orders')
      .set('authorization', `Bearer ${app.config.access.shopKeys[0]}`)
      .send(body)
      .then((response) => response);
    await vi.waitFor(
      () => expect(app.doubles.stripe.requestsTo('POST', path)).toHaveLength(before + 1),
      PATIENTLY,
    );
    // A browser keeps its connection open for more: it must not hold the process.
    await (await fetch(`${web.url}/health/live`)).text();
    const exit = web.end('SIGTERM');

    const { status, body: order } = await answer;
    expect(status).toBe(201);
    expect(order.paymentUrl).toEqual(expect.any(String));
    const answeredAt = Date.now();
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - answeredAt).toBeLessThan(4_000);
    expect(isAlive(web.pid)).toBe(false);
    await expect(fetch(`${web.url}/health/live`)).rejects.toThrow('fetch failed');
    expect(web.logs().filter(({ event }) => event === 'stopped')).toHaveLength(1);
  });

  it('lets a message that is on its way be settled', async () => {
    const { app } = processes;
    await app.drain();
    const worker = await processes.ready(WORKER);
    app.doubles.twilio.faults.add({ method: 'POST', kind: 'delay', ms: 1_500 });
    const before = sendRequests(app);
    const order = await placeOrder(app);
    await vi.waitFor(() => expect(sendRequests(app)).toBe(before + 1), PATIENTLY);
    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    const rows = await outboxOf(app, order.id);
    expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'sent'));
  });

  it('is as good as SIGINT, and a second one changes nothing', async () => {
    const worker = await processes.ready(WORKER);
    const exits = [worker.end('SIGINT'), worker.end('SIGINT'), worker.end('SIGTERM')];
    expect(await Promise.all(exits)).toEqual(exits.map(() => ({ code: 0, signal: null })));
  });
});

describe('K10 a worker frozen beyond its lease', WAITS, () => {
  it('after it has called: another one settles the message, and the woken one changes nothing', async () => {
    const { app } = processes;
    app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'hang', accepted: true });
    const frozen = await processes.ready(WORKER);
    const order = await placeOrder(app);
    await vi.waitFor(() => expect(titlesTo(app, order)).toHaveLength(1), PATIENTLY);
    process.kill(frozen.pid, 'SIGSTOP');
    await endLeases(app);
    const other = await processes.ready(WORKER);
    await isSent(order);
    const settled = await confirmationOf(order);
    await other.end();

    process.kill(frozen.pid, 'SIGCONT');
    expect(await frozen.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await confirmationOf(order)).toEqual({ ...settled, waitSeconds: expect.any(Number) });
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(frozen.logs().filter(({ event }) => event === 'message.sent')).toEqual([]);
  });

  it('before it has called: another one sends the message, and the woken one does not', async () => {
    const { app } = processes;
    const asked = sendRequests(app);
    const frozen = await processes.ready({ ...WORKER, FAILPOINT: 'before_message:1:freeze' });
    const order = await placeOrder(app);
    await vi.waitFor(
      async () => expect((await confirmationOf(order)).status).toBe('sending'),
      PATIENTLY,
    );
    await vi.waitFor(async () => expect(await isStopped(frozen.pid)).toBe(true), PATIENTLY);
    await endLeases(app);
    const other = await processes.ready(WORKER);
    await isSent(order);
    const settled = await confirmationOf(order);
    await other.end();
    expect(sendRequests(app)).toBe(asked + 1);

    process.kill(frozen.pid, 'SIGCONT');
    await vi.waitFor(() => {
      expect(frozen.logs().filter(({ event }) => event === 'message.lease_lost')).toHaveLength(1);
    }, PATIENTLY);
    expect(await frozen.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(sendRequests(app)).toBe(asked + 1);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(await confirmationOf(order)).toEqual({ ...settled, waitSeconds: expect.any(Number) });
  });
});
