import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispute } from '../../src/sandbox/stripe-double/factories/dispute.factory.js';
import { event } from '../../src/sandbox/stripe-double/factories/event.factory.js';
import { stockOf } from '../support/checkout.js';
import { placeOrder, payOrder, readOrder } from '../support/factories.js';
import { factsOf, outcomeOf } from '../support/order-facts.js';
import { titlesTo, whatsappTo } from '../support/outbox.js';
import { imagePathOf, pickupTokenOf } from '../support/pickup-codes.js';
import { askRefund, paidOrder } from '../support/refunds.js';
import { deliver, deliverWith, sessionEvent, told } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

describe('W28 a payment that the customer’s bank disputes', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const DISPUTED = '🏦 PAIEMENT CONTESTÉ';
  const QR = '📱 VOTRE QR CODE DE RETRAIT';

  const opened = (intentId: string) => {
    const { id } = app.doubles.stripe.dispute(intentId);
    return { id, asked: app.doubles.stripe.eventsOf('charge.dispute.created').at(-1)! };
  };
  const closed = (disputeId: string, result: 'won' | 'lost') => {
    app.doubles.stripe.closeDispute(disputeId, result);
    return app.doubles.stripe.eventsOf('charge.dispute.closed').at(-1)!;
  };
  const redeem = async (id: string) => {
    const token = await pickupTokenOf(app, id);
    return app.as('counter').post('/api/pickups').send({ token });
  };
  const expectSuspended = async (id: string) => {
    expect(await redeem(id)).toMatchObject({ status: 409, body: { code: 'pickup_suspended' } });
    await app.http.get(await imagePathOf(app, id)).expect(404);
  };
  const openReviews = (id: string) =>
    app.sql(`SELECT FROM payment_reviews WHERE order_id = $1 AND resolved_at IS NULL`, [id]);

  it('is one question to a person, suspends the pickup, and is told once', async () => {
    const { id, intentId, order } = await paidOrder(app);
    await app.drain();
    const { id: disputeId, asked } = opened(intentId);
    await deliverWith(app, asked, { times: 4, concurrently: true });
    expect(await deliver(app, asked, told(asked))).toEqual([200, 200]);
    expect(await factsOf(app, id)).toMatchObject({
      state: 'confirmed/paid',
      reviews: [
        {
          reason: 'disputed',
          object: disputeId,
          event: asked.id,
          expected: 25_990,
          amount: 25_990,
          currency: 'eur',
        },
      ],
    });
    expect((await factsOf(app, id)).timeline.at(-1)).toBe('payment.review');
    await expectSuspended(id);
    await app.drain();
    expect(titlesTo(app, order).filter((title) => title === DISPUTED)).toHaveLength(1);
    expect(whatsappTo(app, order).at(-1)!.body).toContain('Le retrait est suspendu');
  });

  it('sends no QR code that had not left yet', async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!, '4000000000000259');
    await app.doubles.stripe.deliverPending();
    await app.drain();
    expect(titlesTo(app, order)).toEqual([DISPUTED]);
    await expectSuspended(order.id);
  });

  it('and is won can be collected again, with a QR code sent anew', async () => {
    const { id, intentId, order } = await paidOrder(app);
    await app.drain();
    const { id: disputeId, asked } = opened(intentId);
    await deliver(app, asked);
    const won = closed(disputeId, 'won');
    expect(await deliver(app, won, told(won), told(asked))).toEqual([200, 200, 200]);
    expect(await openReviews(id)).toEqual([]);
    await app.drain();
    expect(titlesTo(app, order).filter((title) => title === QR)).toHaveLength(2);
    await app.http.get(await imagePathOf(app, id)).expect(200);
    expect((await redeem(id)).status).toBe(200);
    expect((await factsOf(app, id)).timeline).toContain('payment.dispute_won');
  });

  it('and is lost counts as given back: no pickup, stock returned once, no word of a refund', async () => {
    const { id, sku, intentId } = await paidOrder(app);
    const { id: disputeId, asked } = opened(intentId);
    await deliver(app, asked);
    const lost = closed(disputeId, 'lost');
    await deliverWith(app, lost, { times: 3, concurrently: true });
    await deliver(app, told(lost), told(asked));
    const { state, payments, messages, timeline } = await factsOf(app, id);
    expect(state).toBe('confirmed/refunded');
    // Stripe counts a loss apart from refunds, and so do we.
    expect(payments).toMatchObject([{ amount: 25_990, refunded: 0 }]);
    expect(messages.join()).not.toContain('payment_refunded');
    expect(timeline.slice(-2)).toEqual(['payment.dispute_lost', 'payment.refunded']);
    expect(await stockOf(app, sku)).toBe(10);
    expect(await openReviews(id)).toEqual([]);
    expect((await redeem(id)).body.code).toBe('order_refunded');
    expect((await askRefund(app, id).expect(409)).body.code).toBe('already_refunded');
  });

  it('and is lost after the pickup returns no stock', async () => {
    const { id, sku, intentId } = await paidOrder(app);
    expect((await redeem(id)).status).toBe(200);
    const { id: disputeId, asked } = opened(intentId);
    await deliver(app, asked, closed(disputeId, 'lost'));
    expect((await factsOf(app, id)).state).toBe('picked_up/refunded');
    expect(await stockOf(app, sku)).toBe(8);
  });

  it('is decided before its beginning is told: a late beginning suspends nothing', async () => {
    for (const result of ['won', 'lost'] as const) {
      const { id, intentId } = await paidOrder(app);
      const { id: disputeId, asked } = opened(intentId);
      expect(await deliver(app, closed(disputeId, result), asked)).toEqual([200, 200]);
      expect(await openReviews(id)).toEqual([]);
      const { messages, state } = await factsOf(app, id);
      expect(messages.join()).not.toContain('payment_disputed');
      expect(state).toBe(result === 'won' ? 'confirmed/paid' : 'confirmed/refunded');
      expect((await redeem(id)).status).toBe(result === 'won' ? 200 : 409);
    }
  });

  it('is not lost when it is told before the payment, or at the same instant', async () => {
    for (const together of [false, true, true, true]) {
      const order = await placeOrder(app);
      app.doubles.stripe.pay(order.stripeSessionId!, '4000000000000259');
      const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
      const asked = app.doubles.stripe.eventsOf('charge.dispute.created').at(-1)!;
      if (together) await Promise.all([deliver(app, asked), deliver(app, completed)]);
      else await deliver(app, asked, completed, told(asked));
      const { reviews, messages } = await factsOf(app, order.id);
      expect(reviews).toMatchObject([{ reason: 'disputed', object: asked.data.object.id }]);
      expect(messages.filter((line) => line.endsWith('queued'))).toEqual([
        'payment_disputed whatsapp queued',
      ]);
      await expectSuspended(order.id);
      await deliver(app, closed(asked.data.object.id, 'won'));
      expect((await redeem(order.id)).status).toBe(200);
    }
  });

  it('twice stays suspended until both are decided', async () => {
    const { id, intentId } = await paidOrder(app);
    const [first, second] = [opened(intentId), opened(intentId)];
    await deliver(app, first.asked, second.asked, closed(first.id, 'won'));
    await expectSuspended(id);
    await deliver(app, closed(second.id, 'won'));
    expect((await redeem(id)).status).toBe(200);
  });

  it('in part and lost keeps the pickup suspended for a person to say', async () => {
    const { id, intentId } = await paidOrder(app);
    const asked = dispute({ payment_intent: intentId, amount: 9_990 });
    await deliver(app, event('charge.dispute.created', asked));
    await deliver(app, event('charge.dispute.closed', { ...asked, status: 'lost' }));
    expect((await factsOf(app, id)).state).toBe('confirmed/partially_refunded');
    await expectSuspended(id);
    expect((await askRefund(app, id, { amount: 16_001 }).expect(409)).body).toMatchObject({
      code: 'refund_exceeds_payment',
      refundableAmount: 16_000,
    });
  });

  it('is refunded by nobody meanwhile: Stripe refuses it', async () => {
    const { id, intentId } = await paidOrder(app);
    await deliver(app, opened(intentId).asked);
    expect((await askRefund(app, id).expect(409)).body.code).toBe('refund_refused');
    expect((await factsOf(app, id)).state).toBe('confirmed/paid');
  });

  it('is none of ours when its payment is not', async () => {
    for (const type of ['charge.dispute.created', 'charge.dispute.closed'] as const) {
      const foreign = event(type, dispute({ status: 'lost' }));
      expect(await deliver(app, foreign)).toEqual([200]);
      expect(await outcomeOf(app, foreign.id)).toBe('ignored unknown_order');
    }
  });

  it('leaves the page of the customer without a QR code', async () => {
    const order = await placeOrder(app);
    await payOrder(app, order);
    const page = () => app.http.get(`/payment/success?session_id=${order.stripeSessionId}`);
    expect((await page().expect(200)).text).toContain('/q/');
    const { id: intentId } = app.doubles.stripe.paymentIntentOf(order.stripeSessionId!);
    await deliver(app, opened(intentId).asked);
    expect((await page().expect(200)).text).not.toContain('/q/');
    expect((await readOrder(app, order.id)).paymentStatus).toBe('paid');
  });
});
