import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paidAtStripe } from './support/factories.js';
import { factsOf } from './support/order-facts.js';
import { askRefund } from './support/refunds.js';
import { aboutSession, deliver } from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

describe('a payment that is not what the order asked for', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const openReviews = (id: string) =>
    app.sql(`SELECT FROM payment_reviews WHERE order_id = $1 AND resolved_at IS NULL`, [id]);

  it('can be given back by its payment intent, and needs nobody then', async () => {
    const { id, sessionId, intentId } = await paidAtStripe(app);
    await deliver(
      app,
      aboutSession(app, 'checkout.session.completed', sessionId, { currency: 'usd' }),
    );
    const { body } = await askRefund(app, id, { paymentIntentId: intentId }).expect(201);
    expect(body).toMatchObject({ amount: 25_990, status: 'succeeded' });
    expect(await openReviews(id)).toEqual([]);
    expect((await factsOf(app, id)).state).toBe('pending/pending');
  });

  it('whose sum Stripe never told is given back by the sum a person names', async () => {
    const { id, sessionId, intentId } = await paidAtStripe(app);
    await deliver(
      app,
      aboutSession(app, 'checkout.session.completed', sessionId, { amount_total: null }),
    );
    const money = { paymentIntentId: intentId };
    expect((await askRefund(app, id, money).expect(409)).body.code).toBe('captured_amount_unknown');
    await askRefund(app, id, { ...money, amount: 5_990 }).expect(201);
    // Its answer has told how much there was.
    expect(await openReviews(id)).toHaveLength(1);
    expect((await askRefund(app, id, money).expect(201)).body.amount).toBe(20_000);
    expect(await openReviews(id)).toEqual([]);
  });
});
