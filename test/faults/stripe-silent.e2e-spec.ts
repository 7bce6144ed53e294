import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FaultMatch } from '../../src/sandbox/double-server.js';
import { createRequests, makeDue, messagesOf, sessionsAtStripe } from '../support/checkout.js';
import { orderBody, placeOrder, readOrder } from '../support/factories.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(() => app.doubles.stripe.faults.clear());
afterAll(() => app.stop());

const CREATE: FaultMatch = { method: 'POST', path: /^\/v1\/checkout\/sessions$/, times: 3 };

describe('P2 when Stripe never answers', () => {
  it.each([
    ['did nothing', false],
    ['did the work', true],
  ])(
    'and %s, the caller is answered within the deadline and one session is made',
    async (_what, accepted) => {
      app.doubles.stripe.faults.add({ ...CREATE, kind: 'hang', accepted });
      const body = await orderBody(app);
      const started = performance.now();
      const { body: order } = await app.as('shop').post('/api/orders').send(body).expect(202);
      expect(performance.now() - started).toBeLessThan(12_000);
      expect(order.paymentUrl).toBeNull();

      app.doubles.stripe.faults.clear();
      await makeDue(app, order.id);
      await app.tickCheckout();
      const sessions = sessionsAtStripe(app, order.id);
      expect(sessions).toHaveLength(1);
      expect(await readOrder(app, order.id)).toMatchObject({
        stripeSessionId: sessions[0]!.id,
        paymentUrl: sessions[0]!.url,
      });
      expect(await messagesOf(app, order.id)).toEqual(['order_confirmation whatsapp queued']);
      const keys = createRequests(app, order.id).map(({ headers }) => headers['idempotency-key']);
      expect(new Set(keys)).toEqual(new Set([`cs:${order.id}:1`]));
    },
  );
});

describe('P2 while Stripe is slow', () => {
  it('orders that wait for it hold no connection and no transaction of the database', async () => {
    const known = await placeOrder(app);
    const waiting = 2 * app.config.database.poolSize;
    const bodies = await Promise.all(Array.from({ length: waiting }, () => orderBody(app)));
    app.doubles.stripe.faults.add({ ...CREATE, times: waiting, kind: 'delay', ms: 4_000 });
    const before = app.doubles.stripe.requests.length;
    let answered = 0;
    const placing = bodies.map(async (body) => {
      const answer = await app.as('shop').post('/api/orders').send(body);
      answered += 1;
      return answer.status;
    });
    await vi.waitFor(() => expect(app.doubles.stripe.requests).toHaveLength(before + waiting), {
      timeout: 10_000,
    });
    expect(await readOrder(app, known.id)).toEqual(known);
    const busy = await app.sql(
      `SELECT state FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
    );
    expect({ answered, busy }).toEqual({ answered: 0, busy: [] });
    expect(new Set(await Promise.all(placing))).toEqual(new Set([201]));
  });
});
