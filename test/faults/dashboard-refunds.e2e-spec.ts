import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { charge } from '../../src/sandbox/stripe-double/factories/charge.factory.js';
import { event } from '../../src/sandbox/stripe-double/factories/event.factory.js';
import { stockOf } from '../support/checkout.js';
import { placeOrder, payOrder, readOrder } from '../support/factories.js';
import { factsOf, outcomeOf } from '../support/order-facts.js';
import { imagePathOf, pickupTokenOf } from '../support/pickup-codes.js';
import { deliver, deliverWith, sessionEvent, told } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

describe('W28 money given back in Stripe’s dashboard', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const paid = async () => {
    const order = await placeOrder(app);
    await payOrder(app, order);
    const intentId = app.doubles.stripe.paymentIntentOf(order.stripeSessionId!).id;
    return { id: order.id, sku: order.items[0]!.sku, intentId, sessionId: order.stripeSessionId! };
  };
  const refundAt = (intentId: string, amount?: number) => {
    app.doubles.stripe.refund(intentId, amount);
    return app.doubles.stripe.eventsOf('charge.refunded').at(-1)!;
  };
  const redeem = (token: string) => app.as('counter').post('/api/pickups').send({ token });

  it('in part leaves the order its pass; the rest then takes it away', async () => {
    const { id, intentId } = await paid();
    const [image, token] = [await imagePathOf(app, id), await pickupTokenOf(app, id)];

    expect(await deliver(app, refundAt(intentId, 5_990))).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/partially_refunded',
      payments: [{ amount: 25_990, refunded: 5_990 }],
    });
    await app.http.get(image).expect(200).expect('content-type', 'image/png');

    expect(await deliver(app, refundAt(intentId, 10_000))).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/partially_refunded',
      payments: [{ refunded: 15_990 }],
    });

    expect(await deliver(app, refundAt(intentId))).toEqual([200]);
    const { state, payments, timeline } = await factsOf(app, id);
    expect(state).toBe('confirmed/refunded');
    expect(payments).toMatchObject([{ amount: 25_990, refunded: 25_990 }]);
    expect(timeline.slice(-3)).toEqual([
      'payment.partially_refunded',
      'payment.partially_refunded',
      'payment.refunded',
    ]);
    await app.http.get(image).expect(404);
    const { body } = await redeem(token).expect(409);
    expect(body.code).toBe('order_refunded');
  });

  it('in part still lets the order be collected', async () => {
    const { id, intentId } = await paid();
    await deliver(app, refundAt(intentId, 1));
    await redeem(await pickupTokenOf(app, id)).expect(200);
    expect((await readOrder(app, id)).status).toBe('picked_up');
  });

  it('in full after the order was collected keeps it collected', async () => {
    const { id, intentId } = await paid();
    const token = await pickupTokenOf(app, id);
    await redeem(token).expect(200);
    await deliver(app, refundAt(intentId));
    expect((await factsOf(app, id)).state).toBe('picked_up/refunded');
    const { body } = await redeem(token).expect(409);
    expect(body.code).toBe('order_refunded');
  });

  it('is written into the timeline with its sum, for people', async () => {
    const { id, intentId } = await paid();
    await deliver(app, refundAt(intentId, 5_990));
    const { body } = await app.as('admin').get(`/api/orders/${id}/timeline`).expect(200);
    const entry = body.data.find(({ type }: { type: string }) => type.includes('refunded'));
    expect(entry).toMatchObject({
      type: 'payment.partially_refunded',
      data: { refundedAmount: 5_990, currency: 'eur' },
    });
  });

  it('is counted once, however often it is told', async () => {
    const { id, intentId } = await paid();
    const part = refundAt(intentId, 5_990);
    const statuses = await deliverWith(app, part, { times: 5, concurrently: true });
    expect([...statuses, ...(await deliver(app, told(part), told(part)))]).toEqual(
      Array(7).fill(200),
    );
    const { payments, timeline } = await factsOf(app, id);
    expect(payments).toMatchObject([{ refunded: 5_990 }]);
    expect(timeline.filter((type) => type === 'payment.partially_refunded')).toHaveLength(1);
  });

  it('is the greatest sum that Stripe has told of, when a part is told after the whole', async () => {
    const { id, intentId } = await paid();
    const part = refundAt(intentId, 5_990);
    const whole = refundAt(intentId);
    expect(await deliver(app, whole, part)).toEqual([200, 200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/refunded',
      payments: [{ refunded: 25_990 }],
    });
    expect(await outcomeOf(app, part.id)).toBe('ignored already_applied');
  });

  it('puts tyres that were not collected back on sale, once', async () => {
    const { sku, intentId } = await paid();
    const part = refundAt(intentId, 100);
    await deliver(app, part);
    expect(await stockOf(app, sku)).toBe(8);
    const whole = refundAt(intentId);
    await deliverWith(app, whole, { times: 3, concurrently: true });
    await deliver(app, told(whole), told(part));
    expect(await stockOf(app, sku)).toBe(10);
  });

  it('leaves the stock alone when the tyres were collected', async () => {
    const { id, sku, intentId } = await paid();
    await redeem(await pickupTokenOf(app, id)).expect(200);
    await deliver(app, refundAt(intentId));
    expect(await stockOf(app, sku)).toBe(8);
  });

  it('takes back a QR that was still to be sent', async () => {
    const { id, intentId } = await paid();
    await deliver(app, refundAt(intentId));
    const { phoneNumber } = (await readOrder(app, id)).customer;
    await app.drain();
    const sent = app.doubles.twilio.messagesTo(`whatsapp:${phoneNumber}`);
    expect(sent.flatMap(({ mediaUrls }) => mediaUrls)).toEqual([]);
  });

  it('of a payment that we never placed goes to a person', async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    const { id: intentId } = app.doubles.stripe.paymentIntentOf(order.stripeSessionId!);
    const early = refundAt(intentId);
    expect(await deliver(app, early, told(early))).toEqual([200, 200]);
    expect(await factsOf(app, order.id)).toMatchObject({
      state: 'pending/pending',
      payments: [],
      reviews: [
        {
          reason: 'refund_without_payment',
          object: intentId,
          event: early.id,
          amount: 25_990,
          currency: 'eur',
        },
      ],
    });
  });

  describe('before its payment was told', () => {
    const refundedEarly = async (...amounts: (number | undefined)[]) => {
      const order = await placeOrder(app);
      const sessionId = order.stripeSessionId!;
      app.doubles.stripe.pay(sessionId);
      const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
      const { id: intentId } = app.doubles.stripe.paymentIntentOf(sessionId);
      return { id: order.id, completed, refunds: amounts.map((one) => refundAt(intentId, one)) };
    };

    it('is known to it: nothing can be collected, and nobody is thanked', async () => {
      const { id, completed, refunds } = await refundedEarly(undefined);
      expect(await deliver(app, ...refunds, completed)).toEqual([200, 200]);
      expect(await factsOf(app, id)).toMatchObject({
        state: 'confirmed/refunded',
        payments: [{ amount: 25_990, refunded: 25_990 }],
        messages: ['order_confirmation whatsapp cancelled', 'payment_refunded whatsapp queued'],
      });
      await app.http.get(await imagePathOf(app, id)).expect(404);
      await redeem(await pickupTokenOf(app, id)).expect(409);
      const open = await app.sql(
        `SELECT FROM payment_reviews WHERE order_id = $1 AND resolved_at IS NULL`,
        [id],
      );
      expect(open).toEqual([]);
    });

    it('in part is known to it, and the rest can be collected', async () => {
      const { id, completed, refunds } = await refundedEarly(990, 2_000);
      expect(await deliver(app, ...refunds.toReversed(), completed)).toEqual([200, 200, 200]);
      expect(await factsOf(app, id)).toMatchObject({
        state: 'confirmed/partially_refunded',
        payments: [{ refunded: 2_990 }],
      });
      await redeem(await pickupTokenOf(app, id)).expect(200);
    });

    it('is not lost when both are told at the same instant', async () => {
      for (let round = 0; round < 8; round += 1) {
        const { id, completed, refunds } = await refundedEarly(undefined);
        const statuses = await Promise.all([deliver(app, completed), deliver(app, ...refunds)]);
        expect(statuses.flat()).toEqual([200, 200]);
        expect(await factsOf(app, id)).toMatchObject({
          state: 'confirmed/refunded',
          payments: [{ refunded: 25_990 }],
        });
      }
    });
  });

  it('of a second payment leaves the first one and its pass alone', async () => {
    const { id, sessionId } = await paid();
    const second = charge({ metadata: { orderId: id }, amount_refunded: 25_990, refunded: true });
    expect(await deliver(app, event('charge.refunded', second))).toEqual([200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      payments: [{ session: sessionId, refunded: 0 }],
      reviews: [{ reason: 'refund_without_payment' }],
    });
    await app.http.get(await imagePathOf(app, id)).expect(200);
  });

  it('is found when Stripe sends its payment as an object instead of an id', async () => {
    const { id, sessionId } = await paid();
    const intent = app.doubles.stripe.paymentIntentOf(sessionId);
    const expanded = charge({ payment_intent: intent, amount_refunded: 25_990, refunded: true });
    expect(await deliver(app, event('charge.refunded', expanded))).toEqual([200]);
    expect((await factsOf(app, id)).state).toBe('confirmed/refunded');
  });

  it('does not come twice when the payment is told again after it', async () => {
    const { id, intentId, sessionId } = await paid();
    await deliver(app, refundAt(intentId));
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    expect(await deliver(app, told(completed))).toEqual([200]);
    const { state, passes, payments } = await factsOf(app, id);
    expect({ state, passes, payments: payments.length }).toEqual({
      state: 'confirmed/refunded',
      passes: 1,
      payments: 1,
    });
  });
});
