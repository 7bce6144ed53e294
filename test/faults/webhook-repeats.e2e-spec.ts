import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from '../support/checkout.js';
import { placeOrder, readOrder } from '../support/factories.js';
import { factsOf, outcomeOf } from '../support/order-facts.js';
import {
  aboutSession,
  deliver,
  deliverWith,
  intentEvent,
  postWebhook,
  sessionEvent,
  told,
} from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const FORTY_DAYS = 40 * 24 * 60;

describe('an event that Stripe tells more than once', () => {
  let app: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
    second = await TestApp.start({ beside: app });
  });
  afterAll(async () => {
    await second.stop();
    await app.stop();
  });

  const paidAtStripe = async () => {
    const order = await placeOrder(app, { customer: { email: 'aline@garage.example' } });
    const sessionId = order.stripeSessionId!;
    app.doubles.stripe.pay(sessionId);
    return {
      id: order.id,
      sessionId,
      completed: sessionEvent(app, 'checkout.session.completed', sessionId),
      succeeded: intentEvent(app, 'payment_intent.succeeded', sessionId),
    };
  };

  /** All at once, over both instances. */
  const postEverywhere = async (events: readonly Stripe.Event[], times: number) => {
    const posts = Array.from({ length: times }, (_, turn) =>
      events.map((one, place) =>
        postWebhook((turn + place) % 2 === 0 ? app : second, JSON.stringify(one)),
      ),
    );
    return (await Promise.all(posts.flat())).map(({ status }) => status);
  };

  const expectPaidOnce = async (id: string, sessionId: string) => {
    const facts = await factsOf(app, id);
    expect(facts).toMatchObject({
      state: 'confirmed/paid',
      sessionId,
      sessions: ['1 complete'],
      timeline: ['order.placed', 'checkout_session.opened', 'order.confirmed'],
      messages: [
        'order_confirmation email cancelled',
        'order_confirmation whatsapp cancelled',
        'payment_thank_you email queued',
        'payment_thank_you whatsapp queued',
        'pickup_qr whatsapp queued',
      ],
      reviews: [],
      passes: 1,
    });
    expect(facts.payments).toEqual([
      {
        intent: app.doubles.stripe.paymentIntentOf(sessionId).id,
        session: sessionId,
        amount: 25_990,
        refunded: 0,
        currency: 'eur',
      },
    ]);
    return facts;
  };

  it('W1 is applied once when it comes twice in a row', async () => {
    const { id, sessionId, completed } = await paidAtStripe();
    expect(await deliverWith(app, completed, { times: 2 })).toEqual([200, 200]);
    await expectPaidOnce(id, sessionId);
  });

  it('W2 is applied once when it comes 50 times at once over two instances, and the customer hears it once', async () => {
    const { id, sessionId, completed } = await paidAtStripe();
    expect(await postEverywhere([completed], 50)).toEqual(Array(50).fill(200));
    const { events } = await expectPaidOnce(id, sessionId);
    expect(events).toEqual(['checkout.session.completed applied payment_confirmed']);

    await Promise.all([app.drain(), second.drain()]);
    const { orderNumber, customer } = await readOrder(app, id);
    const mails = app.doubles.mail.messages.filter(({ subject }) => subject.includes(orderNumber));
    expect(mails).toHaveLength(1);
    const { phoneNumber } = customer;
    const texts = app.doubles.twilio.messagesTo(`whatsapp:${phoneNumber}`);
    expect(texts.map(({ mediaUrls }) => mediaUrls.length)).toEqual([0, 1]);
  });

  it('W3 is applied once under 20 different ids at once', async () => {
    const { id, sessionId, completed } = await paidAtStripe();
    const events = Array.from({ length: 20 }, () => told(completed));
    expect(await postEverywhere(events, 1)).toEqual(Array(20).fill(200));
    const facts = await expectPaidOnce(id, sessionId);
    expect(facts.events.toSorted()).toEqual([
      'checkout.session.completed applied payment_confirmed',
      ...Array<string>(19).fill('checkout.session.completed ignored already_applied'),
    ]);
  });

  it('W1 is applied once after a restart of the process that applied it', async () => {
    const { id, sessionId, completed } = await paidAtStripe();
    const third = await TestApp.start({ beside: app });
    expect((await postWebhook(third, JSON.stringify(completed))).status).toBe(200);
    await third.stop();
    expect((await postWebhook(second, JSON.stringify(completed))).status).toBe(200);
    await expectPaidOnce(id, sessionId);
  });

  it('W27 changes nothing when it comes again after 40 days, even if the inbox had forgotten it', async () => {
    const { id, sessionId, completed, succeeded } = await paidAtStripe();
    await deliver(app, completed, succeeded);
    await app.age(id, FORTY_DAYS);
    for (const [table, column] of [
      ['stripe_events', 'received_at'],
      ['payments', 'created_at'],
      ['orders', 'paid_at'],
    ]) {
      await app.sql(`UPDATE ${table} SET ${column} = ${column} - interval '40 days'`);
    }
    const paid = await expectPaidOnce(id, sessionId);
    expect(await deliver(app, completed, succeeded)).toEqual([200, 200]);
    expect(await factsOf(app, id)).toEqual(paid);

    await app.sql(`DELETE FROM stripe_events WHERE order_id = $1`, [id]);
    expect(await deliver(app, completed, succeeded)).toEqual([200, 200]);
    const { events } = await expectPaidOnce(id, sessionId);
    expect(events.toSorted()).toEqual([
      'checkout.session.completed ignored already_applied',
      'payment_intent.succeeded ignored already_applied',
    ]);
  });

  describe('W3 about one payment from two sides', () => {
    it('pays once when the payment speaks first', async () => {
      const { id, sessionId, completed, succeeded } = await paidAtStripe();
      expect(await deliver(app, succeeded, completed)).toEqual([200, 200]);
      const { events } = await expectPaidOnce(id, sessionId);
      expect(events).toEqual([
        'payment_intent.succeeded applied payment_confirmed',
        'checkout.session.completed ignored already_applied',
      ]);
    });

    it('pays once when the session speaks first', async () => {
      const { id, sessionId, completed, succeeded } = await paidAtStripe();
      expect(await deliver(app, completed, succeeded)).toEqual([200, 200]);
      const { events } = await expectPaidOnce(id, sessionId);
      expect(events).toEqual([
        'checkout.session.completed applied payment_confirmed',
        'payment_intent.succeeded ignored already_applied',
      ]);
    });

    it('pays once when both speak at the same instant, five times, over two instances', async () => {
      const { id, sessionId, completed, succeeded } = await paidAtStripe();
      expect(await postEverywhere([completed, succeeded], 5)).toEqual(Array(10).fill(200));
      const { events } = await expectPaidOnce(id, sessionId);
      expect(events).toHaveLength(2);
      expect(events.filter((line) => line.endsWith(' applied payment_confirmed'))).toHaveLength(1);
      expect(events.filter((line) => line.endsWith(' ignored already_applied'))).toHaveLength(1);
    });
  });

  it('W4 changes nothing when a refusal of the card is told after the payment', async () => {
    const order = await placeOrder(app);
    const sessionId = order.stripeSessionId!;
    app.doubles.stripe.pay(sessionId, '4000000000000002');
    const declined = intentEvent(app, 'payment_intent.payment_failed', sessionId);
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    expect(await deliver(app, completed)).toEqual([200]);
    const paid = await factsOf(app, order.id);
    expect(await deliver(app, declined)).toEqual([200]);
    expect(await outcomeOf(app, declined.id)).toBe('ignored not_pending');
    expect({ ...(await factsOf(app, order.id)), events: [] }).toEqual({ ...paid, events: [] });
  });

  it('W2 cancels once when the end of a session is told 10 times at once under two ids', async () => {
    const order = await placeOrder(app);
    const sessionId = order.stripeSessionId!;
    app.doubles.stripe.expire(sessionId);
    const expired = sessionEvent(app, 'checkout.session.expired', sessionId);
    expect(await postEverywhere([expired, told(expired)], 5)).toEqual(Array(10).fill(200));
    const facts = await factsOf(app, order.id);
    expect(facts).toMatchObject({
      state: 'cancelled/failed',
      timeline: ['order.placed', 'checkout_session.opened', 'order.expired'],
      messages: ['order_confirmation whatsapp cancelled', 'payment_link_expired whatsapp queued'],
    });
    expect(await stockOf(app, order.items[0]!.sku)).toBe(10);
  });

  it('C9 ends in one state when payment and expiry are told at the same instant', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, completed, sessionId } = await paidAtStripe();
      const expired = aboutSession(app, 'checkout.session.expired', sessionId, {
        status: 'expired',
        payment_status: 'unpaid',
        payment_intent: null,
      });
      expect(await postEverywhere([completed, expired], 2)).toEqual(Array(4).fill(200));
      const { state, payments, passes, reviews } = await factsOf(app, id);
      expect({ state, payments: payments.length, passes, reviews }).toEqual({
        state: 'confirmed/paid',
        payments: 1,
        passes: 1,
        reviews: [],
      });
    }
  });
});

describe('W2 50 deliveries at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({ env: { DB_POOL_SIZE: '5' } });
  });
  afterAll(() => app.stop());

  it('are all answered 2xx with five connections to the database, and the server lives on', async () => {
    const order = await placeOrder(app);
    const sessionId = order.stripeSessionId!;
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    const statuses = await deliverWith(app, completed, { times: 50, concurrently: true });
    expect(statuses).toEqual(Array(50).fill(200));
    expect((await factsOf(app, order.id)).payments).toHaveLength(1);
    await app.http.get('/health/ready').expect(200);
  });

  it('about 25 orders pay each of them once', async () => {
    const orders = await Promise.all(Array.from({ length: 25 }, () => placeOrder(app)));
    const events = orders.flatMap(({ stripeSessionId }) => {
      app.doubles.stripe.pay(stripeSessionId!);
      return [
        sessionEvent(app, 'checkout.session.completed', stripeSessionId!),
        intentEvent(app, 'payment_intent.succeeded', stripeSessionId!),
      ];
    });
    const statuses = await Promise.all(events.map((one) => deliver(app, one)));
    expect(statuses.flat()).toEqual(Array(50).fill(200));
    const [row] = await app.sql<{ paid: number }>(
      `SELECT count(*)::int AS paid FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE o.id = ANY ($1) AND o.status = 'confirmed' AND o.payment_status = 'paid'`,
      [orders.map(({ id }) => id)],
    );
    expect(row).toEqual({ paid: 25 });
  });
});
