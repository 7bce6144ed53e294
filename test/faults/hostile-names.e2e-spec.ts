import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import type { MailMessage } from '../../src/sandbox/mail-double/mail-message.js';
import { createProduct, payOrder, placeOrder } from '../support/factories.js';
import { whatsappTo } from '../support/outbox.js';
import { tickReminders, waitingOrder } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

let customers = 0;
const anAddress = (): string => `hostile${(customers += 1)}@example.com`;

const mailsTo = ({ customer }: OrderResponse): readonly MailMessage[] =>
  app.doubles.mail.messagesTo(customer.email!);

/** Everything an order of this customer is told, from its confirmation to its QR code. */
async function everythingTold(firstName: string, model: string): Promise<OrderResponse> {
  const { sku } = await createProduct(app, { model });
  const items = [{ sku, quantity: 1 }];
  const customer = { firstName, lastName: firstName, email: anAddress() };
  const order = await waitingOrder(app, 61, { customer, items });
  await tickReminders(app);
  await app.drain();
  await payOrder(app, order);
  await app.drain();
  return order;
}

const PLAIN = { name: 'Aline', model: 'Primacy 4' };

describe('S9 a name or a product that wants to be more than text', () => {
  it.each([
    ['a template’s variable', '{{1}} {{2}}'],
    ['bold, italics, code', '*gratuit* _x_ ~y~ `z`'],
    ['an address', 'https://evil.example/pay'],
    ['an address without its scheme', 'www.evil.example'],
    ['many spaces', 'Aline     Moreau'],
    ['text that runs the other way', '\u202eenilA\u2066'],
    ['signs without width', 'A\u200bl\u200di\ufeffne'],
    ['emoji', '👩‍🔧🛞'],
    ['HTML', '<img src=x onerror=alert(1)>"\'&'],
    ['the longest there may be', 'x'.repeat(100)],
  ])('stays in its place and stops no message: %s', async (_what, text) => {
    const usual = await everythingTold(PLAIN.name, PLAIN.model);
    const order = await everythingTold(text, text);
    const [told, expected] = [whatsappTo(app, order), whatsappTo(app, usual)];
    expect(told.map(({ body }) => body.split('\n').length)).toEqual(
      expected.map(({ body }) => body.split('\n').length),
    );
    for (const { body } of told) {
      expect(body).not.toMatch(/evil\.example|\{\{|\u202e|\u2066|\u200b|\ufeff|\S {2,}\S/u);
      expect(body).not.toMatch(/\*gratuit|_x_|~y~|`z`/);
    }
    const mails = mailsTo(order);
    expect(mails).toHaveLength(mailsTo(usual).length);
    expect(mails.length).toBeGreaterThan(0);
    for (const { html, subject, to } of mails) {
      expect(html).not.toMatch(/<img src=x|https:\/\/evil|onerror=alert\(1\)>/);
      expect(subject).not.toMatch(/[\r\n]/);
      expect(to).toEqual([order.customer.email]);
    }
  });
});

describe('S10 an e-mail address of ours', () => {
  it.each([
    ["o'neill+garage@example.com"],
    ['aline_moreau%garage@example.com'],
    ['aline.moreau@sub.example.com'],
  ])('is one recipient, however odd: %s', async (email) => {
    const order = await placeOrder(app, { customer: { email } });
    await payOrder(app, order);
    await app.drain();
    const mails = app.doubles.mail.messages.filter(({ to }) => to.includes(email));
    expect(mails.length).toBeGreaterThan(0);
    for (const { to, headers } of mails) {
      expect(to).toEqual([email]);
      expect(Object.keys(headers)).not.toContain('bcc');
      expect(Object.keys(headers)).not.toContain('cc');
    }
  });
});
