import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import type { AppProcess } from '../support/app-process.js';
import { createRequests, sessionRows, sessionsAtStripe, stockOf } from '../support/checkout.js';
import type { FailPointSpec } from '../support/fail-points.js';
import { orderBody, payOrder, readOrder } from '../support/factories.js';
import { titlesTo, TITLE } from '../support/outbox.js';
import { expectPaidOnce, expectToldOnce } from '../support/paid.js';
import { PATIENTLY } from '../support/patience.js';
import { endLeases, expectKilled, Processes } from '../support/processes.js';

const WAITS = { timeout: 90_000 } as const;

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

const postOrder = (to: AppProcess, key: string, body: object) =>
  supertest(to.url)
    .post('/api/orders')
    .set('authorization', `Bearer ${processes.app.config.access.shopKeys[0]}`)
    .set('idempotency-key', key)
    .send(body)
    .then((answer) => answer);

/** A client whose order a process takes and dies of; what it left behind. */
async function placeWithDoomed(at: FailPointSpec) {
  const { app } = processes;
  const doomed = await processes.doomed(at, { PROCESS_ROLE: 'web' });
  const [key, body] = [randomUUID(), await orderBody(app)];
  await expect(postOrder(doomed, key, body)).rejects.toThrow();
  await expectKilled(doomed);
  const rows = await app.sql<{ id: string }>(
    `SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.phone_number = $1`,
    [body.customer.phoneNumber],
  );
  expect(rows).toHaveLength(1);
  const { id } = rows[0]!;
  expect(await sessionRows(app, id)).toMatchObject([{ status: 'creating', stripeSessionId: null }]);
  return { id, key, body };
}

/** One session, asked for with one key; the client's own repeat gets the order; paid and told once. */
async function expectOneOrder(
  { id, key, body }: Awaited<ReturnType<typeof placeWithDoomed>>,
  heir: AppProcess,
): Promise<void> {
  const { app } = processes;
  const order = await readOrder(app, id);
  expect(order).toMatchObject({ status: 'pending', paymentUrl: expect.stringMatching(/^http/) });
  expect(sessionsAtStripe(app, id).map((session) => session.id)).toEqual([order.stripeSessionId]);
  const keys = createRequests(app, id).map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys)).toEqual(new Set([`cs:${id}:1`]));

  const again = await postOrder(heir, key, body);
  expect([again.status, (again.body as OrderResponse).id]).toEqual([200, id]);
  expect(await stockOf(app, body.items[0]!.sku)).toBe(8);
  await vi.waitFor(() => expect(titlesTo(app, order)).toEqual([TITLE.confirmation]), PATIENTLY);
  await payOrder(app, order);
  await expectPaidOnce(app, id);
  await expectToldOnce(app, order);
}

/** `sessions`: how many are at Stripe when the process is dead. */
function leavesAnOrder(at: FailPointSpec, sessions: number): void {
  it('leaves an order for which the next process makes the link', async () => {
    const { app } = processes;
    const left = await placeWithDoomed(at);
    expect(sessionsAtStripe(app, left.id)).toHaveLength(sessions);
    expect(createRequests(app, left.id)).toHaveLength(sessions);

    await endLeases(app);
    const heir = await processes.ready({ PROCESS_ROLE: 'all' });
    await vi.waitFor(async () => {
      expect((await readOrder(app, left.id)).paymentUrl).not.toBeNull();
    }, PATIENTLY);
    await expectOneOrder(left, heir);
  });

  it('leaves an order whose link is made when the customer asks', async () => {
    const { app } = processes;
    const left = await placeWithDoomed(at);
    await app.as('shop').post(`/api/orders/${left.id}/checkout-session`).expect(200);
    await endLeases(app);
    await expectOneOrder(left, await processes.ready({ PROCESS_ROLE: 'all' }));
  });
}

describe('K1 a process killed between the order and the call to Stripe', WAITS, () => {
  leavesAnOrder('after_order_insert', 0);
});

describe('K2 a process killed between Stripe’s answer and storing it', WAITS, () => {
  leavesAnOrder('after_stripe_create', 1);
});
