import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stockOf } from './support/checkout.js';
import { createProduct, placeOrder, readOrder } from './support/factories.js';
import { linesOf } from './support/log-lines.js';
import { factsOf } from './support/order-facts.js';
import { aboutSession, deliver, intentEvent, sessionEvent, told } from './support/stripe-events.js';
import { TestApp } from './support/test-app.js';

describe('events in another order than things happened', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const placed = async (stock = 10) => {
    const { sku } = await createProduct(app, { stock });
    const order = await placeOrder(app, { items: [{ sku, quantity: 2 }] });
    return { ...order, sku, sessionId: order.stripeSessionId! };
  };

  const expiredAs = (sessionId: string) =>
    aboutSession(app, 'checkout.session.expired', sessionId, {
      status: 'expired',
      payment_status: 'unpaid',
      payment_intent: null,
      url: null,
    });

  describe('a payment told after its order was cancelled', () => {
    const lateBy = async (kind: 'session' | 'intent') => {
      const order = await placed(2);
      const { sessionId } = order;
      await deliver(app, expiredAs(sessionId));
      expect(await stockOf(app, order.sku)).toBe(2);
      app.doubles.stripe.pay(sessionId);
      const event =
        kind === 'session'
          ? sessionEvent(app, 'checkout.session.completed', sessionId)
          : intentEvent(app, 'payment_intent.succeeded', sessionId);
      return { order, event };
    };

    it.each(['session', 'intent'] as const)(
      'revives it when its stock can be had again (told by the %s)',
      async (kind) => {
        const { order, event } = await lateBy(kind);
        expect(await deliver(app, event)).toEqual([200]);
        expect(await factsOf(app, order.id)).toMatchObject({
          state: 'confirmed/paid',
          cancelReason: null,
          payments: [{ amount: 25_990 }],
          timeline: ['order.placed', 'checkout_session.opened', 'order.expired', 'order.revived'],
          passes: 1,
          reviews: [],
        });
        expect(await stockOf(app, order.sku)).toBe(0);
        const { cancelledAt, paidAt } = await readOrder(app, order.id);
        expect(cancelledAt).toBeNull();
        expect(paidAt).not.toBeNull();
      },
    );

    it('takes back the news of its end when the customer has not had them yet', async () => {
      const { order, event } = await lateBy('session');
      await deliver(app, event);
      expect((await factsOf(app, order.id)).messages).toEqual([
        'order_confirmation whatsapp cancelled',
        'payment_link_expired whatsapp cancelled',
        'payment_thank_you whatsapp queued',
        'pickup_qr whatsapp queued',
      ]);
    });

    it.each(['session', 'intent'] as const)(
      'goes to a person when somebody else has bought the stock (told by the %s)',
      async (kind) => {
        const { order, event } = await lateBy(kind);
        await placeOrder(app, { items: [{ sku: order.sku, quantity: 1 }] });
        expect(await deliver(app, event)).toEqual([200]);
        expect(await factsOf(app, order.id)).toMatchObject({
          state: 'cancelled/failed',
          cancelReason: 'payment_link_expired',
          payments: [],
          passes: 0,
          messages: [
            'order_confirmation whatsapp cancelled',
            'payment_link_expired whatsapp queued',
            'late_payment_received whatsapp queued',
          ],
          timeline: ['order.placed', 'checkout_session.opened', 'order.expired', 'payment.review'],
          reviews: [
            {
              reason: 'paid_after_cancel',
              object: app.doubles.stripe.paymentIntentOf(order.sessionId).id,
              event: event.id,
              expected: 25_990,
              amount: 25_990,
              currency: 'eur',
            },
          ],
        });
        expect(await stockOf(app, order.sku)).toBe(1);
        expect(linesOf(app, 'payment.review')).toContainEqual(
          expect.objectContaining({
            level: 'error',
            orderId: order.id,
            reason: 'paid_after_cancel',
          }),
        );
      },
    );

    it('goes to a person once, however often and by whichever event it is told', async () => {
      const { order, event } = await lateBy('session');
      await placeOrder(app, { items: [{ sku: order.sku, quantity: 1 }] });
      const succeeded = intentEvent(app, 'payment_intent.succeeded', order.sessionId);
      const statuses = await deliver(app, event, event, told(event), succeeded, told(succeeded));
      expect(statuses).toEqual(Array(5).fill(200));
      const { reviews, timeline } = await factsOf(app, order.id);
      expect(reviews).toHaveLength(1);
      expect(timeline.filter((type) => type === 'payment.review')).toHaveLength(1);
    });

    it('is a review for an order of two tyres when only one of them is left', async () => {
      const one = await createProduct(app, { stock: 1 });
      const other = await createProduct(app, { stock: 1 });
      const order = await placeOrder(app, {
        items: [
          { sku: one.sku, quantity: 1 },
          { sku: other.sku, quantity: 1 },
        ],
      });
      await deliver(app, expiredAs(order.stripeSessionId!));
      await placeOrder(app, { items: [{ sku: other.sku, quantity: 1 }] });
      app.doubles.stripe.pay(order.stripeSessionId!);
      await app.doubles.stripe.deliverPending();
      expect((await factsOf(app, order.id)).state).toBe('cancelled/failed');
      expect([await stockOf(app, one.sku), await stockOf(app, other.sku)]).toEqual([1, 0]);
    });
  });

  it('a payment of an order that the shop has just cancelled is taken as paid, not lost', async () => {
    const { id, sessionId, sku } = await placed();
    await app.as('admin').post(`/api/orders/${id}/cancel`).send({}).expect(200);
    const session = app.doubles.stripe.session(sessionId);
    expect(session.status).toBe('expired');
    const completed = aboutSession(app, 'checkout.session.completed', sessionId, {
      status: 'complete',
      payment_status: 'paid',
      payment_intent: 'pi_3LateButReal00000000001',
    });
    expect(await deliver(app, completed)).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ intent: 'pi_3LateButReal00000000001' }],
    });
    expect(await stockOf(app, sku)).toBe(8);
  });
});
