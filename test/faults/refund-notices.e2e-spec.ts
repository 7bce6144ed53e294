import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payOrder, placeOrder, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { whatsappTo } from '../support/outbox.js';
import { pickupTokenOf } from '../support/pickup-codes.js';
import { askRefund, paidOrder } from '../support/refunds.js';
import { deliver, told } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

describe('W28 the word of a refund', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const refundAt = (intentId: string, amount?: number) => {
    app.doubles.stripe.refund(intentId, amount);
    return app.doubles.stripe.eventsOf('charge.refunded').at(-1)!;
  };

  it('is told to the customer once each, with its sum and what becomes of the code', async () => {
    const { intentId, order } = await paidOrder(app);
    await app.drain();
    const [part, whole] = [refundAt(intentId, 5_990), refundAt(intentId)];
    await deliver(app, part, told(part), whole, told(whole), told(part));
    await app.drain();
    const refunds = whatsappTo(app, order).filter(({ body }) => body.includes('💶'));
    expect(refunds.map(({ body }) => body.split('\n')[0])).toEqual([
      '💶 REMBOURSEMENT DE 59,90 €',
      '💶 REMBOURSEMENT DE 200,00 €',
    ]);
    const [first, second] = refunds.map(({ body }) => body);
    expect(first).toContain(order.orderNumber);
    expect(first).toContain('sous 5 à 10 jours');
    expect(first).toContain('✅ Votre QR code de retrait reste valable.');
    expect(second).toContain("🚫 Votre QR code de retrait n'est plus valable.");
  });

  it('is told by e-mail too, and in the customer’s language', async () => {
    const email = 'john@example.com';
    const order = await placeOrder(app, { customer: { email, locale: 'en' } });
    await payOrder(app, order);
    await deliver(app, refundAt(app.doubles.stripe.paymentIntentOf(order.stripeSessionId!).id));
    await app.drain();
    const mail = app.doubles.mail.messages.at(-1)!;
    expect(mail.subject).toBe(`Refund for your order ${order.orderNumber}`);
    expect(mail.text).toContain('We are giving €259.90 back to you');
    expect(mail.text).toContain('no longer valid');
  });

  it('says nothing of a code that was used', async () => {
    const { id, intentId } = await paidOrder(app);
    const token = await pickupTokenOf(app, id);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
    await deliver(app, refundAt(intentId));
    await app.drain();
    const last = whatsappTo(app, await readOrder(app, id)).at(-1)!;
    expect(last.body).toContain('💶 REMBOURSEMENT DE 259,90 €');
    expect(last.body).not.toContain('QR');
  });

  it('that fails days later goes to a person once, made here or there', async () => {
    const { id, intentId } = await paidOrder(app);
    const made = await askRefund(app, id, { amount: 990 }).expect(201);
    app.doubles.stripe.refund(intentId, 1_000);
    const [ours, theirs] = app.doubles.stripe
      .eventsOf('refund.created')
      .slice(-2)
      .map(({ data }) => data.object.id);
    app.doubles.stripe.settleRefund(ours!, 'failed');
    app.doubles.stripe.settleRefund(theirs!, 'failed');
    const failed = app.doubles.stripe.eventsOf('refund.failed').slice(-2);
    await app.doubles.stripe.deliverPending();
    await deliver(app, ...failed.map(told));
    expect((await factsOf(app, id)).reviews).toMatchObject([
      { reason: 'refund_failed', object: ours, amount: 990 },
      { reason: 'refund_failed', object: theirs, amount: 1_000 },
    ]);
    const read = await app.as('admin').get(`/api/orders/${id}/refunds/${made.body.id}`);
    expect(read.body).toMatchObject({ status: 'failed', reason: 'expired_or_canceled_card' });
  });
});
