import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct, payOrder, placeOrder } from './support/factories.js';
import { factsOf } from './support/order-facts.js';
import { TestApp } from './support/test-app.js';

describe('an order in minor units', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  it.each([
    ['19.99 EUR three times', 'eur', 1_999, 3, 5_997, '59,97 €'],
    ['0.10 EUR seven times', 'eur', 10, 7, 70, '0,70 €'],
    ['the largest that can be charged', 'eur', 99_999_999, 1, 99_999_999, '999 999,99 €'],
    ['a currency without cents, yen', 'jpy', 1_500, 2, 3_000, '3 000 JPY'],
    ['the franc of the Pacific', 'xpf', 12_500, 3, 37_500, '37 500 FCFP'],
  ])(
    '(%s) is charged, compared and told exactly',
    async (_what, currency, unitAmount, quantity, total, told) => {
      const { sku } = await createProduct(app, { currency, unitAmount });
      const order = await placeOrder(app, { items: [{ sku, quantity }] });
      expect(order).toMatchObject({ totalAmount: total, currency });
      const session = app.doubles.stripe.session(order.stripeSessionId!);
      expect(session).toMatchObject({ amount_total: total, currency });

      const paid = await payOrder(app, order);
      expect(paid).toMatchObject({
        status: 'confirmed',
        paymentStatus: 'paid',
        totalAmount: total,
      });
      expect((await factsOf(app, order.id)).payments).toMatchObject([{ amount: total, currency }]);
      await app.drain();
      const [thanks] = app.doubles.twilio.messagesTo(`whatsapp:${order.customer.phoneNumber}`);
      expect(thanks!.body).toContain(told);
    },
  );
});
