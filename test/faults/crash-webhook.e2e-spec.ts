import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AppProcess } from '../support/app-process.js';
import { sessionsAtStripe } from '../support/checkout.js';
import type { FailPointSpec } from '../support/fail-points.js';
import { placeOrder } from '../support/factories.js';
import { HeldLock, untilWaiting } from '../support/held-lock.js';
import { databaseDigest, factsOf, outcomeOf } from '../support/order-facts.js';
import { titlesTo, TITLE } from '../support/outbox.js';
import { expectPaidOnce, expectToldOnce } from '../support/paid.js';
import { PATIENTLY } from '../support/patience.js';
import { expectKilled, Processes } from '../support/processes.js';
import { intentEvent, postWebhook, sessionEvent } from '../support/stripe-events.js';

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

/** Told by the session, whose plain payment is one packet; by the payment it is one statement after another. */
async function paidAtStripe(told: 'completed' | 'succeeded' = 'completed') {
  const { app } = processes;
  const order = await placeOrder(app);
  await app.drain();
  expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
  app.doubles.stripe.pay(order.stripeSessionId!);
  const sessionId = order.stripeSessionId!;
  const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
  const succeeded = intentEvent(app, 'payment_intent.succeeded', sessionId);
  const [event, other] = told === 'completed' ? [completed, succeeded] : [succeeded, completed];
  return { order, event, other };
}

type Paid = Awaited<ReturnType<typeof paidAtStripe>>;

const post = ({ event }: Pick<Paid, 'event'>, to: AppProcess) =>
  postWebhook(processes.app, JSON.stringify(event), { to: to.url });

/** The process dies of this event without an answer, as Stripe sees it. */
async function dieOf(paid: Paid, at: FailPointSpec): Promise<void> {
  const doomed = await processes.doomed(at, { PROCESS_ROLE: 'web' });
  await expect(post(paid, doomed)).rejects.toThrow();
  await expectKilled(doomed);
}

/** Stripe delivers again, to whoever is there now, then once more, and then its other event. */
async function expectAppliedOnce(paid: Paid): Promise<void> {
  const { app } = processes;
  const heir = await processes.ready({ PROCESS_ROLE: 'all' });
  expect((await post(paid, heir)).status).toBe(200);
  expect((await post(paid, heir)).status).toBe(200);
  expect((await post({ event: paid.other }, heir)).status).toBe(200);
  expect(await outcomeOf(app, paid.event.id)).toBe('applied payment_confirmed');
  expect(await outcomeOf(app, paid.other.id)).toBe('ignored already_applied');
  await expectPaidOnce(app, paid.order.id);
  await expectToldOnce(app, paid.order);
  expect(sessionsAtStripe(app, paid.order.id)).toHaveLength(1);
}

describe('K3 a process killed while it applies an event', { timeout: 90_000 }, () => {
  it.each([
    ['succeeded', 'before_inbox_commit'],
    ['completed', 'before_plain_payment'],
  ] as const)(
    '%s before the commit: nothing is left, and the next delivery applies it',
    async (told, at) => {
      const { app } = processes;
      const paid = await paidAtStripe(told);
      const before = await databaseDigest(app);
      await dieOf(paid, at);
      await vi.waitFor(async () => expect(await databaseDigest(app)).toEqual(before), PATIENTLY);
      await expectAppliedOnce(paid);
    },
  );

  it('while the database works on it: it is applied as a whole, without anybody knowing', async () => {
    const { app } = processes;
    const paid = await paidAtStripe();
    const lock = await HeldLock.onRow(app, 'orders', 'id', paid.order.id);
    const doomed = await processes.ready({ PROCESS_ROLE: 'web' });
    const delivery = post(paid, doomed).catch(() => null);
    await untilWaiting(app, 1);
    await doomed.end('SIGKILL');
    expect(await delivery).toBeNull();
    await lock.release();
    await expectAppliedOnce(paid);
  });

  it('after the commit: it is applied, told without Stripe’s help, and never repeated', async () => {
    const { app } = processes;
    const paid = await paidAtStripe();
    await dieOf(paid, 'after_inbox_commit');
    await expectPaidOnce(app, paid.order.id);
    const worker = await processes.ready({ PROCESS_ROLE: 'worker' });
    await expectToldOnce(app, paid.order);
    await worker.end();
    await expectAppliedOnce(paid);
  });
});

describe(
  'K4 a process killed between a change of state and its messages',
  { timeout: 90_000 },
  () => {
    it('leaves neither: both come with the next delivery', async () => {
      const { app } = processes;
      const paid = await paidAtStripe('succeeded');
      const before = await databaseDigest(app);
      await dieOf(paid, 'between_state_and_outbox');
      await vi.waitFor(async () => expect(await databaseDigest(app)).toEqual(before), PATIENTLY);
      expect((await factsOf(app, paid.order.id)).state).toBe('pending/pending');
      await expectAppliedOnce(paid);
    });
  },
);
