import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultMatch, Fault } from '../../src/sandbox/double-server.js';
import { CheckoutGateway, type CheckoutSessionParams } from '../../src/stripe/checkout.gateway.js';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import {
  createRequests,
  makeDue,
  messagesOf,
  sessionRows,
  sessionsAtStripe,
  stockOf,
} from '../support/checkout.js';
import { orderBody, readOrder } from '../support/factories.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.stripe.faults.clear();
  await app.doubles.stripe.up();
});
afterAll(() => app.stop());

const CREATE: FaultMatch = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ };
const ERROR = { error: { type: 'api_error', message: 'Something went wrong on Stripe’s end.' } };
/** The SDK asks three times by itself. */
const ALWAYS = { ...CREATE, times: 3 };

type Named = readonly [string, FaultMatch & Fault];
const answering = (code: number, body?: unknown): FaultMatch & Fault => ({
  ...ALWAYS,
  kind: 'status',
  status: code,
  body,
});

/** What the SDK takes for an answer, or fails at, and holds no session that a customer could be sent to. */
const NO_ANSWERS: readonly Named[] = [
  ['500 with nothing in it', answering(500, {})],
  ['502 with a page', answering(502, '<h1>Bad</h1>')],
  ['200 with a page', answering(200, '<h1>Hi</h1>')],
  ['200 with {}', answering(200, {})],
  ['204', answering(204)],
  ['404 without an error', answering(404, { no: 1 })],
  ['{} after the work', { ...ALWAYS, kind: 'status', status: 200, body: {}, accepted: true }],
];

/** Places an order that gets no link, and checks what may be said of it meanwhile. */
async function placeWithoutLink(): Promise<OrderResponse> {
  const answer = await app
    .as('shop')
    .post('/api/orders')
    .send(await orderBody(app))
    .expect(202);
  const order = answer.body as OrderResponse;
  expect(answer.headers['location']).toBe(`/api/orders/${order.id}`);
  expect(order).toMatchObject({
    status: 'pending',
    paymentStatus: 'pending',
    stripeSessionId: null,
    paymentUrl: null,
    paymentExpiresAt: null,
  });
  expect(await readOrder(app, order.id)).toEqual(order);
  expect(await messagesOf(app, order.id)).toEqual([]);
  expect(await stockOf(app, order.items[0]!.sku)).toBe(8);
  return order;
}

async function tickWhenDue(order: OrderResponse): Promise<void> {
  await makeDue(app, order.id);
  await app.tickCheckout();
}

/** The one session the order must have by now, told to the customer, asked for with one key and one set of parameters. */
async function expectOneLink(order: OrderResponse): Promise<void> {
  const sessions = sessionsAtStripe(app, order.id);
  expect(sessions).toHaveLength(1);
  const session = sessions[0]!;
  expect(await readOrder(app, order.id)).toMatchObject({
    status: 'pending',
    stripeSessionId: session.id,
    paymentUrl: session.url,
    paymentExpiresAt: new Date(session.expires_at * 1_000).toISOString(),
  });
  expect(await messagesOf(app, order.id)).toEqual(['order_confirmation whatsapp queued']);
  const requests = createRequests(app, order.id);
  expect(new Set(requests.map(({ headers }) => headers['idempotency-key']))).toEqual(
    new Set([`cs:${order.id}:1`]),
  );
  expect(new Set(requests.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const [row] = await app.sql<{ sent: string }>(
    `SELECT params ->> 'expires_at' AS sent FROM checkout_sessions WHERE order_id = $1`,
    [order.id],
  );
  expect(requests[0]!.body['expires_at']).toBe(row!.sent);
}

/** The order stands, and the next turn of the tick makes the one link. */
async function expectLinkLater(fault: FaultMatch & Fault): Promise<void> {
  app.doubles.stripe.faults.add(fault);
  const order = await placeWithoutLink();
  app.doubles.stripe.faults.clear();
  await tickWhenDue(order);
  await expectOneLink(order);
  const asked = createRequests(app, order.id).length;
  await tickWhenDue(order);
  expect(createRequests(app, order.id)).toHaveLength(asked);
}

describe('when Stripe', () => {
  it.each([
    ['before the work', { ...ALWAYS, kind: 'reset' }],
    ['after it', { ...ALWAYS, kind: 'reset', accepted: true }],
  ] as const)('P1 cuts the connection %s, the link is made later', async (_when, fault) =>
    expectLinkLater(fault),
  );

  it('P1 cannot be reached, the link is made as soon as it is back, and not tried before it is due', async () => {
    await app.doubles.stripe.down();
    const order = await placeWithoutLink();
    await tickWhenDue(order);
    expect((await readOrder(app, order.id)).paymentUrl).toBeNull();
    await app.doubles.stripe.up();
    await app.tickCheckout();
    expect(createRequests(app, order.id)).toEqual([]);
    await tickWhenDue(order);
    await expectOneLink(order);
  });

  it('P1 was away so long that it refuses the old expiry, a new link is made', async () => {
    await app.doubles.stripe.down();
    const order = await placeWithoutLink();
    await app.doubles.stripe.up();
    await app.age(order.id, 1_410);
    await app.sql(
      `UPDATE checkout_sessions
          SET params = jsonb_set(params, '{expires_at}', to_jsonb(extract(epoch FROM expires_at)::int))
        WHERE order_id = $1`,
      [order.id],
    );
    for (let call = 0; call < 3; call += 1) await tickWhenDue(order);
    const found = await readOrder(app, order.id);
    expect(found.paymentUrl).not.toBeNull();
    expect(new Date(found.paymentExpiresAt!).getTime()).toBeGreaterThan(Date.now() + 35 * 60_000);
    expect(await messagesOf(app, order.id)).toHaveLength(1);
  });

  it('P3 answers 429 without a header, it is asked three times at most, and later again', async () => {
    app.doubles.stripe.faults.add({ ...answering(429, ERROR), times: 99 });
    const order = await placeWithoutLink();
    expect(createRequests(app, order.id)).toHaveLength(3);
    app.doubles.stripe.faults.clear();
    await tickWhenDue(order);
    await expectOneLink(order);
  });

  it('P3 answers 429 in passing, the second try gives the link', async () => {
    app.doubles.stripe.faults.add({ ...answering(429, ERROR), times: 1 });
    const body = await orderBody(app);
    const answer = await app.as('shop').post('/api/orders').send(body).expect(201);
    expect(createRequests(app, answer.body.id)).toHaveLength(2);
    await expectOneLink(answer.body);
  });

  it('P4 answers 500 to every try, the link is made later', async () =>
    expectLinkLater(answering(500, ERROR)));

  it('P4 fails once and then works, nobody notices', async () => {
    app.doubles.stripe.faults.add({ ...CREATE, kind: 'status', status: 500, body: ERROR });
    const answer = await app
      .as('shop')
      .post('/api/orders')
      .send(await orderBody(app))
      .expect(201);
    expect(createRequests(app, answer.body.id)).toHaveLength(2);
    await expectOneLink(answer.body);
  });

  it('P4 says 500 after the work was done, the session it made is found again', async () => {
    const fault = { kind: 'status', status: 500, body: ERROR, accepted: true } as const;
    app.doubles.stripe.faults.add({ ...CREATE, ...fault });
    const answer = await app
      .as('shop')
      .post('/api/orders')
      .send(await orderBody(app))
      .expect(201);
    await expectOneLink(answer.body);
  });

  it('P5 replays a failure for ever under one key, another key is used in the end', async () => {
    const fault = { kind: 'status', status: 500, body: ERROR, saved: true } as const;
    app.doubles.stripe.faults.add({ ...CREATE, ...fault });
    const order = await placeWithoutLink();
    for (let call = 0; call < 12; call += 1) await tickWhenDue(order);
    const found = await readOrder(app, order.id);
    expect(found.paymentUrl).not.toBeNull();
    const rows = await sessionRows(app, order.id);
    expect(rows.map(({ status }) => status)).toEqual(['abandoned', 'open']);
    expect(createRequests(app, order.id).at(-1)!.headers['idempotency-key']).toBe(
      `cs:${order.id}:2`,
    );
    expect(sessionsAtStripe(app, order.id).filter(({ status }) => status === 'open')).toHaveLength(
      1,
    );
    expect(await messagesOf(app, order.id)).toHaveLength(1);
  });

  it('P5 replays a failure of work that it did all the same, that session is taken', async () => {
    const fault = { kind: 'status', status: 500, body: ERROR, saved: true } as const;
    app.doubles.stripe.faults.add({ ...CREATE, ...fault });
    const order = await placeWithoutLink();
    const [row] = await app.sql<{ params: CheckoutSessionParams }>(
      `SELECT params FROM checkout_sessions WHERE order_id = $1`,
      [order.id],
    );
    // As if the failure had struck after the work: the double saves one before it.
    await app.app.get(CheckoutGateway, { strict: false }).createSession(row!.params, randomUUID());
    for (let call = 0; call < 3; call += 1) await tickWhenDue(order);
    expect(sessionsAtStripe(app, order.id)).toMatchObject([{ status: 'open' }]);
    expect((await sessionRows(app, order.id)).map(({ status }) => status)).toEqual(['open']);
    expect((await readOrder(app, order.id)).paymentUrl).not.toBeNull();
    expect(await messagesOf(app, order.id)).toHaveLength(1);
  });

  it.each(NO_ANSWERS)('P6 answers %s, it is no link, and one is made later', async (_what, fault) =>
    expectLinkLater(fault),
  );

  it('P7 sends half of its answer, the same session is found later', async () =>
    expectLinkLater({ ...ALWAYS, kind: 'truncate' }));
});
