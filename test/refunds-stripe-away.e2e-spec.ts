import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault, FaultMatch } from '../src/sandbox/double-server.js';
import { stockOf } from './support/checkout.js';
import { factsOf } from './support/order-facts.js';
import {
  askRefund,
  expectMoneyConserved,
  paidOrder,
  refundRequests,
  refundRows,
  refundsAtStripe,
  tickRefunds,
} from './support/refunds.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.stripe.faults.clear();
  await app.doubles.stripe.up();
});
afterAll(() => app.stop());

const REFUND: FaultMatch = { method: 'POST', path: /^\/v1\/refunds$/ };
const ERROR = { error: { type: 'api_error', message: 'Something went wrong on Stripe’s end.' } };
/** The SDK asks three times by itself. */
const ALWAYS = { ...REFUND, times: 3 };

const AWAY: readonly (readonly [string, FaultMatch & Fault])[] = [
  ['answers 500', { ...ALWAYS, kind: 'status', status: 500, body: ERROR }],
  ['answers 200 with {}', { ...ALWAYS, kind: 'status', status: 200, body: {} }],
  ['answers 429', { ...ALWAYS, kind: 'status', status: 429, body: ERROR }],
  ['cuts the connection', { ...ALWAYS, kind: 'reset' }],
];
const TAKEN: readonly (readonly [string, FaultMatch & Fault])[] = [
  ['cuts the connection', { ...ALWAYS, kind: 'reset', accepted: true }],
  ['sends half of its answer', { ...ALWAYS, kind: 'truncate' }],
  ['answers {}', { ...ALWAYS, kind: 'status', status: 200, body: {}, accepted: true }],
];

/** One refund at Stripe by one key and one set of parameters, booked and told once. */
async function expectOneRefund(id: string, intentId: string, amount: number): Promise<void> {
  expect(refundsAtStripe(app, intentId)).toEqual([amount]);
  const requests = refundRequests(app, intentId);
  expect(new Set(requests.map(({ headers }) => headers['idempotency-key']))).toEqual(
    new Set([`refund:${intentId}`]),
  );
  expect(new Set(requests.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await refundRows(app, id)).toEqual([`${amount} succeeded refund:${intentId}`]);
  const { payments, messages } = await factsOf(app, id);
  expect(payments).toMatchObject([{ refunded: amount }]);
  expect(messages.filter((line) => line.startsWith('payment_refunded'))).toHaveLength(1);
  await expectMoneyConserved(app);
}

describe('a refund while Stripe', () => {
  it.each(AWAY)('%s is made by the tick', async (_what, fault) => {
    const { id, intentId } = await paidOrder(app);
    app.doubles.stripe.faults.add(fault);
    const { body, headers } = await askRefund(app, id, { amount: 5_990 }).expect(202);
    expect(body).toMatchObject({ status: 'creating', stripeRefundId: null });
    expect(headers['location']).toBe(`/api/orders/${id}/refunds/${body.id}`);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
    // Meanwhile no other is begun: nobody can tell whether this one was made.
    expect((await askRefund(app, id).expect(409)).body.code).toBe('refund_in_progress');

    app.doubles.stripe.faults.clear();
    expect(await tickRefunds(app)).toBe(1);
    await app.doubles.stripe.deliverPending();
    await expectOneRefund(id, intentId, 5_990);
    expect(await tickRefunds(app)).toBe(0);
  });

  it.each(TAKEN)('makes it and %s is not made twice', async (_what, fault) => {
    const { id, sku, intentId } = await paidOrder(app);
    app.doubles.stripe.faults.add(fault);
    expect((await askRefund(app, id).expect(202)).body.status).toBe('creating');
    app.doubles.stripe.faults.clear();
    // The event is faster than the answer.
    await app.doubles.stripe.deliverPending();
    expect((await factsOf(app, id)).state).toBe('confirmed/refunded');
    expect((await askRefund(app, id).expect(409)).body.code).toBe('already_refunded');
    await tickRefunds(app);
    await expectOneRefund(id, intentId, 25_990);
    expect(await stockOf(app, sku)).toBe(10);
  });

  it('is down is asked for once by several instances', async () => {
    const { id, intentId } = await paidOrder(app);
    await app.doubles.stripe.down();
    await askRefund(app, id).expect(202);
    await app.doubles.stripe.up();
    const other = await TestApp.start({ beside: app });
    await Promise.all([app, other, app, other].map((one) => tickRefunds(one)));
    await other.stop();
    await app.doubles.stripe.deliverPending();
    await expectOneRefund(id, intentId, 25_990);
  });
});

describe('a refund that Stripe', () => {
  it('refuses has failed, says so, and can be asked for again under another key', async () => {
    const { id, intentId } = await paidOrder(app);
    const body = { error: { type: 'invalid_request_error', message: 'No.' } };
    app.doubles.stripe.faults.add({ ...REFUND, kind: 'status', status: 400, body });
    const { body: problem } = await askRefund(app, id, {}, 'a-key').expect(409);
    expect(problem).toMatchObject({ code: 'refund_refused', reason: 'invalid_request_error' });
    expect((await askRefund(app, id, {}, 'a-key').expect(409)).body).toMatchObject(problem);
    const read = await app.as('admin').get(`/api/orders/${id}/refunds/${problem.refundId}`);
    expect(read.body).toMatchObject({ status: 'failed', reason: 'invalid_request_error' });
    const { state, timeline, messages } = await factsOf(app, id);
    expect(state).toBe('confirmed/paid');
    expect(timeline.slice(-2)).toEqual(['refund.requested', 'refund.failed']);
    expect(messages.join()).not.toContain('refunded');
    expect(await tickRefunds(app)).toBe(0);

    await askRefund(app, id).expect(201);
    expect(await refundRows(app, id)).toEqual([
      `25990 failed refund:${intentId}`,
      `25990 succeeded refund:${intentId}:2`,
    ]);
    await app.doubles.stripe.deliverPending();
    await expectMoneyConserved(app);
  });

  it('says was made already in its dashboard is refused, not doubled', async () => {
    const { id, intentId } = await paidOrder(app);
    app.doubles.stripe.refund(intentId);
    expect((await askRefund(app, id).expect(409)).body.code).toBe('refund_refused');
    await app.doubles.stripe.deliverPending();
    expect((await askRefund(app, id).expect(409)).body.code).toBe('already_refunded');
    await expectMoneyConserved(app);
  });

  it('answers with a failure it has saved goes to a person: another key could give twice', async () => {
    const { id, intentId } = await paidOrder(app);
    app.doubles.stripe.faults.add({
      ...REFUND,
      kind: 'status',
      status: 500,
      body: ERROR,
      saved: true,
    });
    await askRefund(app, id, { amount: 990 }).expect(202);
    await tickRefunds(app);
    expect(await refundRows(app, id)).toEqual([`990 failed refund:${intentId}`]);
    expect((await factsOf(app, id)).reviews).toMatchObject([
      { reason: 'refund_failed', amount: 990 },
    ]);
    await expectMoneyConserved(app);
  });

  it('has not answered within the life of its key goes to a person, and is not asked for again', async () => {
    const { id, intentId } = await paidOrder(app);
    await app.doubles.stripe.down();
    await askRefund(app, id, { amount: 990 }).expect(202);
    await app.doubles.stripe.up();
    await app.sql(
      `UPDATE refunds SET created_at = created_at - interval '23 hours' WHERE order_id = $1`,
      [id],
    );
    await tickRefunds(app);
    expect(refundsAtStripe(app, intentId)).toEqual([]);
    expect(await refundRows(app, id)).toEqual([`990 failed refund:${intentId}`]);
    expect((await factsOf(app, id)).reviews).toMatchObject([
      { reason: 'refund_failed', event: `refund:${intentId}`, amount: 990 },
    ]);
  });
});
