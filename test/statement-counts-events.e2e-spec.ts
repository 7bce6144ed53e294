import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOrder } from './support/factories.js';
import { factsOf, outcomeOf } from './support/order-facts.js';
import { firstWords, statementsOf } from './support/statement-count.js';
import {
  aboutSession,
  intentEvent,
  type PostOptions,
  postWebhook,
  sessionEvent,
} from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

/** What the driver sends during one call of Stripe, so that no statement is added unseen. */
describe('an event of Stripe', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const placed = async () => {
    const { id, stripeSessionId } = await placeOrder(app, {
      customer: { email: 'a@garage.example' },
    });
    return { id, sessionId: stripeSessionId! };
  };
  const paid = async () => {
    const { id, sessionId } = await placed();
    app.doubles.stripe.pay(sessionId);
    return {
      id,
      completed: sessionEvent(app, 'checkout.session.completed', sessionId),
      succeeded: intentEvent(app, 'payment_intent.succeeded', sessionId),
    };
  };
  const sentFor = async (event: Stripe.Event, status = 200, options: PostOptions = {}) => {
    const body = JSON.stringify(event);
    return firstWords(
      await statementsOf(async () => {
        expect((await postWebhook(app, body, options)).status).toBe(status);
      }),
    );
  };

  const LOOK = expect.stringMatching(/^SELECT EXISTS \(SELECT FROM stripe_events/);

  const LOCK = expect.stringMatching(/^SELECT \(SELECT pg_advisory_xact_lock/);
  const CONFIRM = expect.stringMatching(/^WITH changed AS \( UPDATE orders SET/);

  it('that pays an order is one packet with everything that it changes', async () => {
    const { id, completed } = await paid();
    expect(await sentFor(completed)).toEqual([LOCK, CONFIRM]);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });

  it('that paid an order and is known is the same packet, and changes nothing', async () => {
    const { id, completed } = await paid();
    await sentFor(completed);
    const facts = await factsOf(app, id);
    expect(await sentFor(completed)).toEqual([LOCK, CONFIRM]);
    expect(await factsOf(app, id)).toEqual(facts);
  });

  it('that a unique key stops takes the general road, and changes everything once', async () => {
    const { id, completed } = await paid();
    const secret = randomBytes(32);
    await app.sql(`INSERT INTO pickup_passes (order_id, secret) VALUES ($1, $2)`, [id, secret]);
    const [first, second, ...general] = await sentFor(completed);
    expect([first, second]).toEqual([LOCK, CONFIRM]);
    expect(general.length).toBeGreaterThan(15);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
    expect(await outcomeOf(app, completed.id)).toBe('applied payment_confirmed');
    expect(await app.sql(`SELECT secret FROM pickup_passes WHERE order_id = $1`, [id])).toEqual([
      { secret },
    ]);
  });

  it('that comes late is asked for first: one question when it is known', async () => {
    const { id, completed } = await paid();
    const late = { ...completed, created: completed.created - 60 };
    expect(await sentFor(late)).toEqual([LOOK, LOCK, CONFIRM]);
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
    expect(await sentFor(late)).toEqual([LOOK]);
  });

  it('of another kind that is known is one question, without a transaction', async () => {
    const { completed, succeeded } = await paid();
    await sentFor(completed);
    await sentFor(succeeded);
    expect(await sentFor(succeeded)).toEqual([LOOK]);
  });

  it('that is forged asks the database nothing', async () => {
    const { completed } = await paid();
    expect(await sentFor(completed, 400, { secret: 'whsec_of_somebody_else' })).toEqual([]);
    expect(await outcomeOf(app, completed.id)).toBeNull();
  });

  it('that tells a payment for the second time is a question and a row in the inbox', async () => {
    const { completed, succeeded } = await paid();
    await sentFor(completed);
    expect(await sentFor(succeeded)).toEqual([
      LOOK,
      expect.stringMatching(/^INSERT INTO stripe_events/),
    ]);
    expect(await outcomeOf(app, succeeded.id)).toBe('ignored already_applied');
  });

  it('that nobody handles is a question and a row in the inbox', async () => {
    const { completed } = await paid();
    const unknown = { ...completed, type: 'customer.created' } as unknown as Stripe.Event;
    expect(await sentFor(unknown)).toEqual([
      LOOK,
      expect.stringMatching(/^INSERT INTO stripe_events/),
    ]);
    expect(await outcomeOf(app, unknown.id)).toBe('ignored unhandled_type');
  });

  it('that ends an unpaid order takes the general road', async () => {
    const { id, sessionId } = await placed();
    const expired = aboutSession(app, 'checkout.session.expired', sessionId, {
      status: 'expired',
      payment_status: 'unpaid',
      url: null,
    });
    expect(await sentFor(expired)).toHaveLength(15);
    expect((await factsOf(app, id)).state).toBe('cancelled/failed');
  });
});
