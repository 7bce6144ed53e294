import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import type { MailMessage } from '../src/sandbox/mail-double/mail-message.js';
import { payOrder, placeOrder } from './support/factories.js';
import { outboxOf, titlesTo, TITLE, whatsappTo } from './support/outbox.js';
import { readQrCode } from './support/qr-code.js';
import { TestApp } from './support/test-app.js';

const CLAIM = '📧 Email de confirmation envoyé à';

let app: TestApp;
let withoutMail: TestApp;
let customers = 0;

beforeAll(async () => {
  app = await TestApp.start();
  withoutMail = await TestApp.start({
    config: (config) => ({ ...config, mail: { ...config.mail, smtpUrl: null } }),
  });
});
afterAll(async () => {
  await withoutMail.stop();
  await app.stop();
});

/** Paid, its first messages gone, those of the payment waiting in the outbox. */
async function justPaid(by: TestApp = app): Promise<OrderResponse> {
  const email = `aline${(customers += 1)}@example.com`;
  const order = await placeOrder(by, { customer: { email } });
  await by.drain();
  return payOrder(by, order);
}

const thanksOf = (order: OrderResponse, by: TestApp = app): string =>
  whatsappTo(by, order).find(({ body }) => body.startsWith(TITLE.thankYou))?.body ?? '';

const mailsOf = (order: OrderResponse, subject: RegExp): MailMessage[] =>
  app.doubles.mail
    .messagesTo(order.customer.email!)
    .filter((message) => subject.test(message.subject));

describe('the e-mail of a paid order', () => {
  it('leaves first, then the thanks that name its address, then the QR code', async () => {
    const order = await justPaid();
    await app.drain();

    const [mail] = mailsOf(order, /^Merci pour votre commande/);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
    expect(mail!.at.getTime()).toBeLessThanOrEqual(whatsappTo(app, order)[1]!.at.getTime());
    expect(thanksOf(order)).toContain(`\n${CLAIM} :\n${order.customer.email}\n`);
  });

  it('says what the message says, in text and in HTML, from the shop to the customer alone', async () => {
    const order = await justPaid();
    await app.drain();

    const [mail, ...more] = mailsOf(order, /^Merci/);
    expect(more).toEqual([]);
    expect(mail?.subject).toBe(`Merci pour votre commande ${order.orderNumber}`);
    expect(mail?.to).toEqual([order.customer.email]);
    expect(mail?.from).toBe(app.config.mail.from);
    expect(mail?.text?.trim()).toBe(thanksOf(order));
    expect(mail?.html).toContain('✅ Paiement confirmé : 259,90 €');
    expect(mail?.html).not.toMatch(/src="(?!cid:)/);
  });

  it('carries the QR code inside, the same that WhatsApp shows', async () => {
    const order = await justPaid();
    await app.drain();
    await app.doubles.twilio.settled();

    const [mail] = mailsOf(order, /^Merci/);
    const [image, ...others] = mail!.attachments;
    expect(others).toEqual([]);
    expect(image).toMatchObject({ contentType: 'image/png', disposition: 'inline' });
    expect(mail?.html).toContain(`src="cid:${image?.contentId}"`);
    const [shown] = whatsappTo(app, order).at(-1)!.media;
    expect(shown).toMatchObject({
      url: expect.stringMatching(/^http:\/\/shop\.test\/q\/[^/]+\.png$/),
      contentType: 'image/png',
    });
    const token = readQrCode(image!.bytes);
    expect(readQrCode(shown!.bytes)).toBe(token);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
  });

  it('speaks English to a customer who does', async () => {
    const email = 'english@example.com';
    const order = await placeOrder(app, { customer: { email, locale: 'en' } });
    await payOrder(app, order);
    await app.drain();

    const [mail] = app.doubles.mail.messagesTo(email);
    expect(mail?.subject).toBe(`Thank you for your order ${order.orderNumber}`);
    expect(mail?.text).toContain('✅ Payment confirmed: €259.90');
    expect(mail?.html).toContain('<html lang="en">');
    expect(whatsappTo(app, order)[0]?.body).toContain(
      `\n📧 Confirmation e-mail sent to:\n${email}`,
    );
  });
});

describe('without an e-mail', () => {
  it('queues none and claims none when no mail server is configured', async () => {
    const order = await justPaid(withoutMail);
    await withoutMail.drain();

    const rows = await outboxOf(withoutMail, order.id);
    expect(rows.map(({ channel }) => channel)).toEqual(['whatsapp', 'whatsapp', 'whatsapp']);
    expect(rows.every(({ status }) => status === 'sent')).toBe(true);
    expect(thanksOf(order, withoutMail)).toContain('Merci de votre confiance');
    expect(thanksOf(order, withoutMail)).not.toContain('📧');
    expect(withoutMail.doubles.mail.messages).toEqual([]);
  });

  it('claims none to a customer without an address', async () => {
    const order = await placeOrder(app);
    await payOrder(app, order);
    await app.drain();

    expect(thanksOf(order)).toContain('Merci de votre confiance');
    expect(thanksOf(order)).not.toContain('📧');
  });
});
