import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import type { MailMessage } from '../src/sandbox/mail-double/mail-message.js';
import { payOrder, placeOrder } from './support/factories.js';
import { hurry, outboxOf, outboxRow, titlesTo, TITLE, whatsappTo } from './support/outbox.js';
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
afterEach(async () => {
  app.doubles.mail.faults.clear();
  await app.doubles.mail.up();
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

describe('when the mail server does not take the e-mail', () => {
  it('thanks at once without claiming one, and sends the e-mail when the server is back', async () => {
    const order = await justPaid();
    await app.doubles.mail.down();
    await app.drain();

    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
    expect(thanksOf(order)).not.toContain('📧');
    expect(await outboxRow(app, order.id, 'payment_thank_you', 'email')).toMatchObject({
      status: 'queued',
      attempts: 1,
    });

    await app.doubles.mail.up();
    await hurry(app, order.id);
    await app.drain();
    expect(mailsOf(order, /^Merci/)).toHaveLength(1);
    expect(titlesTo(app, order)).toHaveLength(3);
  });

  it('tries again after a 4xx reply and gives up after a 5xx one', async () => {
    const order = await justPaid();
    app.doubles.mail.faults.add({ kind: 'reply', stage: 'RCPT', code: 451 });
    await app.drain();
    expect(await outboxRow(app, order.id, 'payment_thank_you', 'email')).toMatchObject({
      status: 'queued',
      errorCode: 'smtp_451',
    });

    app.doubles.mail.faults.add({ kind: 'reply', stage: 'RCPT', code: 550 });
    await hurry(app, order.id);
    await app.drain();
    expect(await outboxRow(app, order.id, 'payment_thank_you', 'email')).toMatchObject({
      status: 'failed',
      errorCode: 'smtp_550',
      sentAt: null,
    });
    expect(thanksOf(order)).not.toContain('📧');
    expect(mailsOf(order, /^Merci/)).toEqual([]);
  });

  it('holds the thanks back for a silent server no longer than its time limit', async () => {
    const order = await justPaid();
    // The pooled connection goes first, so that a new one has to be made.
    await app.doubles.mail.down();
    await app.doubles.mail.up();
    app.doubles.mail.faults.add({ kind: 'hang', stage: 'CONNECT' });
    const startedAt = Date.now();
    await app.drain();

    expect(app.doubles.mail.faults.take('CONNECT')).toBeNull();
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
    expect(thanksOf(order)).not.toContain('📧');
  }, 60_000);

  it('does not claim an e-mail that it cannot tell was taken, and repeats it under the same Message-ID', async () => {
    const order = await justPaid();
    app.doubles.mail.faults.add({ kind: 'hang', stage: 'DATA', accepted: true });
    await app.drain();

    expect(thanksOf(order)).not.toContain('📧');
    expect(await outboxRow(app, order.id, 'payment_thank_you', 'email')).toMatchObject({
      status: 'queued',
      ambiguous: true,
    });
    await hurry(app, order.id);
    await app.drain();
    const mails = mailsOf(order, /^Merci/);
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  }, 60_000);
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
