import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { createRequests, sessionsAtStripe, stockOf } from '../support/checkout.js';
import { breakDatabase } from '../support/database-faults.js';
import { createProduct, orderBody } from '../support/factories.js';
import { expectNothingDone } from '../support/footprint.js';
import { HeldLock, untilWaiting } from '../support/held-lock.js';
import { PATIENTLY } from '../support/patience.js';
import { expectProblem } from '../support/problems.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(() => app.doubles.stripe.faults.clear());
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const CREATE = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ } as const;

const place = (key: string, body: object, through = app) =>
  through.as('shop').post('/api/orders').set('idempotency-key', key).send(body);

const ordersOf = (phoneNumber: string) =>
  app.sql(
    `SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.phone_number = $1`,
    [phoneNumber],
  );

describe('C14 an Idempotency-Key', () => {
  it('gives the same order to the same body, on any instance', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    const first = await place(key, body).expect(201);
    for (const through of [app, other]) {
      const again = await expectNothingDone(app, async () => place(key, body, through));
      expect(again.status).toBe(200);
      expect(again.body).toEqual(first.body);
      expect(again.headers['location']).toBe(first.headers['location']);
    }
    expect(createRequests(app, first.body.id)).toHaveLength(1);
  });

  it('takes a body for the same whose properties come in another order', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    const first = await place(key, body).expect(201);
    const turned = {
      items: body.items.map(({ sku, quantity }) => ({ quantity, sku })),
      customer: Object.fromEntries(Object.entries(body.customer).toReversed()),
    };
    expect((await place(key, turned).expect(200)).body.id).toBe(first.body.id);
  });

  it('answers 422 to another body', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    await place(key, body).expect(201);
    const items = [{ ...body.items[0]!, quantity: 3 }];
    const answer = await expectNothingDone(app, async () => place(key, { ...body, items }));
    expectProblem(answer, 422, 'idempotency_key_reused');
  });

  it('makes one order of twelve requests at the same instant', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_none, index) =>
        place(key, body, index % 2 === 0 ? app : other),
      ),
    );
    const [first, ...more] = answers.filter(({ status }) => status === 201);
    expect(more).toEqual([]);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      if (answer.status === 200) expect(answer.body.id).toBe(first!.body.id);
      else expectProblem(answer, 409, 'idempotency_key_in_use');
    }
    expect(await ordersOf(body.customer.phoneNumber)).toHaveLength(1);
    expect(sessionsAtStripe(app, first!.body.id)).toHaveLength(1);
    expect(await stockOf(app, body.items[0]!.sku)).toBe(8);
  });

  it('answers 409 while the first request still waits for Stripe, then its order', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    app.doubles.stripe.faults.add({ ...CREATE, kind: 'delay', ms: 1_500 });
    const before = app.doubles.stripe.requests.length;
    const running = place(key, body).then((answer) => answer);
    await vi.waitFor(() => expect(app.doubles.stripe.requests).toHaveLength(before + 1));

    const second = await place(key, body, other);
    expectProblem(second, 409, 'idempotency_key_in_use');
    expect(second.headers['retry-after']).toBe('1');
    const otherBody = await place(key, { ...body, customer: { phoneNumber: '0690123456' } });
    expectProblem(otherBody, 422, 'idempotency_key_reused');

    const first = await running;
    expect(first.status).toBe(201);
    expect((await place(key, body).expect(200)).body).toEqual(first.body);
  });

  it('gives the same order although Stripe could not be reached', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    app.doubles.stripe.faults.add({ ...CREATE, kind: 'status', status: 400, body: { error: {} } });
    const first = await place(key, body).expect(202);
    const again = await place(key, body).expect(200);
    expect(again.body).toEqual(first.body);
    expect(await ordersOf(body.customer.phoneNumber)).toHaveLength(1);
  });

  it('is free again after a refusal, for the same body and for a corrected one', async () => {
    const { id, sku } = await createProduct(app, { stock: 1 });
    const body = await orderBody(app, { items: [{ sku, quantity: 2 }] });
    const [key, otherKey] = [randomUUID(), randomUUID()];
    const refused = await expectNothingDone(app, async () => place(key, body));
    expectProblem(refused, 409, 'insufficient_stock');
    expectProblem(await place(otherKey, body), 409, 'insufficient_stock');
    await place(otherKey, { ...body, items: [{ sku, quantity: 1 }] }).expect(201);
    await app.as('admin').patch(`/api/products/${id}`).send({ stock: 2 }).expect(200);
    await place(key, body).expect(201);
  });

  it('is free within seconds when the database failed as it was to be given back', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    const fault = await breakDatabase(app, {
      table: 'idempotency_keys',
      on: 'UPDATE',
      when: 'NEW.locked_until = now()',
      sqlState: '57P01',
      times: 1,
    });
    const placed = await place(key, body).expect(201);
    expectProblem(await place(key, body), 409, 'idempotency_key_in_use');
    await vi.waitFor(async () => {
      const { status, body: again } = await place(key, body);
      expect([status, (again as OrderResponse).id]).toEqual([
        200,
        (placed.body as OrderResponse).id,
      ]);
    }, PATIENTLY);
    expect(await fault.tries()).toBe(2);
    await fault.mend();
  });

  it('is not used up by a body that is not valid', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    const answer = await expectNothingDone(app, async () => place(key, { ...body, items: [] }));
    expectProblem(answer, 400, 'validation_failed', ['items']);
    await place(key, body).expect(201);
  });

  it('tells two orders apart by nothing but the key', async () => {
    const body = await orderBody(app);
    const [one, two] = [await place(randomUUID(), body), await place(randomUUID(), body)];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.body.id).not.toBe(two.body.id);
  });

  it('may be 255 characters long', async () => {
    const key = `~${'k'.repeat(254)}`;
    const body = await orderBody(app);
    const first = await place(key, body).expect(201);
    expect((await place(key, body).expect(200)).body.id).toBe(first.body.id);
  });

  it.each([
    ['empty', ''],
    ['256 characters long', 'k'.repeat(256)],
    ['written with a space', 'a b'],
    ['written with a letter outside ASCII', 'clé'],
    ['given twice', ['a', 'b']],
  ])('is refused when it is %s', async (_what, key) => {
    const body = JSON.stringify(await orderBody(app));
    const headers = {
      ...bearer(app, 'shop'),
      'content-type': 'application/json',
      'idempotency-key': key,
    };
    const answer = await expectNothingDone(app, () =>
      sendRaw(app, '/api/orders', { method: 'POST', headers, body }),
    );
    expectProblem(answer, 400, 'invalid_idempotency_key');
  });
});

describe('C14 the key of a request that died', () => {
  const leave = (key: string, change: string) =>
    app.sql(`UPDATE idempotency_keys SET ${change} WHERE key = $1`, [key]);

  it('gives its order once its lock has run out', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    const first = await place(key, body).expect(201);
    await leave(key, `locked_until = now() + interval '1 minute'`);
    expectProblem(await place(key, body), 409, 'idempotency_key_in_use');
    await leave(key, `locked_until = now() - interval '1 second'`);
    expect((await place(key, body).expect(200)).body.id).toBe(first.body.id);
  });

  it('is taken over when there was no order yet', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    await place(key, body).expect(201);
    await leave(key, `order_id = NULL, locked_until = now() + interval '1 minute'`);
    expectProblem(await place(key, body), 409, 'idempotency_key_in_use');
    await leave(key, `locked_until = now() - interval '1 second'`);
    const answers = await Promise.all([place(key, body), place(key, body, other)]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await ordersOf(body.customer.phoneNumber)).toHaveLength(2);
  });

  it('makes one order although the request was only held up and goes on beside its successor', async () => {
    const [key, body] = [randomUUID(), await orderBody(app)];
    const { sku } = body.items[0]!;
    const lock = await HeldLock.onRow(app, 'products', 'sku', sku);
    try {
      const first = place(key, body).then((answer) => answer);
      await untilWaiting(app, 1);
      await leave(key, `locked_until = now() - interval '1 second'`);
      const second = place(key, body, other).then((answer) => answer);
      await untilWaiting(app, 2);
      await lock.release();
      const answers = await Promise.all([first, second]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
      expectProblem(
        answers.find(({ status }) => status === 409)!,
        409,
        'idempotency_key_in_use',
      );
      expect((await place(key, body).expect(200)).body.id).toBe(
        answers.find(({ status }) => status === 201)!.body.id,
      );
      expect(await ordersOf(body.customer.phoneNumber)).toHaveLength(1);
      expect(await stockOf(app, sku)).toBe(8);
    } finally {
      await lock.release();
    }
  });
});
