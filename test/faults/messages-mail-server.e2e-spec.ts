import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import type { MailMessage } from '../../src/sandbox/mail-double/mail-message.js';
import { payOrder, placeOrder } from '../support/factories.js';
import { hurry, outboxRow, titlesTo, TITLE, wakeChannels, whatsappTo } from '../support/outbox.js';
import { senderOf } from '../support/senders.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { TestApp } from '../support/test-app.js';

const DATA = { stage: 'DATA' } as const;

let app: TestApp;
let customers = 0;

beforeAll(async () => {
  app = await TestApp.start();
});
afterEach(async () => {
  app.doubles.mail.faults.clear();
  await app.doubles.mail.up();
  await wakeChannels(app);
});
afterAll(() => app.stop());

/** Paid, its first messages gone, those of the payment waiting in the outbox. */
async function justPaid(by: TestApp = app): Promise<OrderResponse> {
  const email = `aline${(customers += 1)}@example.com`;
  const order = await placeOrder(by, { customer: { email } });
  await by.drain();
  return payOrder(by, order);
}

const thanksOf = (order: OrderResponse): string =>
  whatsappTo(app, order).find(({ body }) => body.startsWith(TITLE.thankYou))?.body ?? '';

const mailsOf = (order: OrderResponse): MailMessage[] =>
  app.doubles.mail
    .messagesTo(order.customer.email!)
    .filter(({ subject }) => subject.startsWith('Merci'));

const thanksRow = (order: OrderResponse, by: TestApp = app) =>
  outboxRow(by, order.id, 'payment_thank_you', 'email');

async function again(order: OrderResponse): Promise<void> {
  await hurry(app, order.id);
  await app.drain();
}

describe('when the mail server does not take the e-mail', { timeout: 60_000 }, () => {
  it('T12 thanks at once without claiming one, and sends the e-mail when the server is back', async () => {
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
    expect(mailsOf(order)).toHaveLength(1);
    expect(titlesTo(app, order)).toHaveLength(3);
  });

  it('T12 tries again after a 4xx reply and gives up after a 5xx one', async () => {
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
    expect(mailsOf(order)).toEqual([]);
  });

  it('T12 holds the thanks back for a silent server no longer than its time limit', async () => {
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
  });

  it('T12 does not claim an e-mail that it cannot tell was taken, and repeats it under the same Message-ID', async () => {
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
    const mails = mailsOf(order);
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  });
});

describe('a mail server that fails in the middle', { timeout: 60_000 }, () => {
  it.each([
    ['says 421 at once', { kind: 'reply', stage: 'CONNECT', code: 421 }, 'smtp_421'],
    ['says 451 to the recipient', { kind: 'reply', stage: 'RCPT', code: 451 }, 'smtp_451'],
    ['says 451 to the content', { kind: 'reply', ...DATA, code: 451 }, 'smtp_451'],
    ['cuts the line at the recipient', { kind: 'cut', stage: 'RCPT' }, null],
  ] as const)('T12 %s: the e-mail leaves once, later', async (_case, fault, errorCode) => {
    const order = await justPaid();
    // The pooled connection goes first, so that a new one has to be made.
    await app.doubles.mail.down();
    await app.doubles.mail.up();
    app.doubles.mail.faults.add(fault);
    await app.drain();
    expect(await thanksRow(order)).toMatchObject({
      status: 'queued',
      ambiguous: false,
      errorCode: errorCode ?? expect.stringMatching(/^E/),
    });

    await again(order);
    expect(mailsOf(order)).toHaveLength(1);
    expect(await thanksRow(order)).toMatchObject({ status: 'sent', attempts: 2, errorCode: null });
  });

  it.each([
    ['refuses the recipient', { kind: 'reply', stage: 'RCPT', code: 550 }],
    ['refuses the content', { kind: 'reply', ...DATA, code: 554 }],
  ] as const)('T12 %s for good: nothing is tried again', async (_case, fault) => {
    const order = await justPaid();
    app.doubles.mail.faults.add(fault);
    await app.drain();
    await again(order);

    expect(mailsOf(order)).toEqual([]);
    expect(await thanksRow(order)).toMatchObject({
      status: 'failed',
      attempts: 1,
      errorCode: `smtp_${fault.code}`,
    });
  });

  it.each([
    ['after it took the e-mail', true, 2],
    ['before it took the e-mail', false, 1],
  ])('T12 cuts the line %s: every copy has one Message-ID', async (_case, accepted, copies) => {
    const order = await justPaid();
    app.doubles.mail.faults.add({ kind: 'cut', ...DATA, accepted });
    await app.drain();
    expect(await thanksRow(order)).toMatchObject({ status: 'queued', ambiguous: true });
    expect(thanksOf(order)).not.toContain('📧');

    await again(order);
    const ids = mailsOf(order).map(({ messageId }) => messageId);
    expect(ids).toHaveLength(copies);
    expect(new Set(ids).size).toBe(1);
    expect(await thanksRow(order)).toMatchObject({ status: 'sent', providerId: ids[0] });
  });
});

describe('a mail server whose TLS breaks', { timeout: 60_000 }, () => {
  it('T12 is tried later, rests after some failures in a row, and WhatsApp goes on', async () => {
    const proxy = await TcpProxy.to(app.doubles.mail.url);
    // The double speaks no TLS: the handshake never ends well.
    const smtpUrl = proxy.through(app.doubles.mail.url).replace('smtp:', 'smtps:');
    const secure = await TestApp.start({
      beside: app,
      config: (config) => ({ ...config, mail: { ...config.mail, smtpUrl } }),
    });
    const order = await justPaid(secure);
    await secure.drain();
    expect(await thanksRow(order)).toMatchObject({ status: 'queued', ambiguous: false });
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);

    for (let n = 0; n < 3; n += 1) await justPaid(secure);
    await secure.drain();
    expect(await senderOf(app, 'email')).toMatchObject({
      pauseReason: 'provider_down',
      restSeconds: expect.any(Number),
    });
    expect(await senderOf(app, 'whatsapp')).toMatchObject({ failures: 0, restSeconds: null });
    await secure.stop();
    await proxy.cut();
  });
});
