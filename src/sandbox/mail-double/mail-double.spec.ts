import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailDouble } from './mail-double.js';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

const MAIL: SendMailOptions = {
  from: '"Garage Connect" <contact@shop.example>',
  to: 'aline@example.com',
  subject: 'Votre QR code — commande GC-2026-000123',
  text: 'Bonjour Aline, voilà.',
  html: '<p>Bonjour</p><img src="cid:qr@shop.example">',
  attachments: [
    { filename: 'qr.png', content: PNG, cid: 'qr@shop.example', contentDisposition: 'inline' },
  ],
};

describe('MailDouble through the real nodemailer', () => {
  let double: MailDouble;

  const send = (changes: SendMailOptions = {}, auth?: { user: string; pass: string }) =>
    createTransport({
      url: double.url,
      connectionTimeout: 500,
      greetingTimeout: 300,
      socketTimeout: 300,
      ...(auth ? { auth } : {}),
    }).sendMail({ ...MAIL, ...changes });

  const failure = (): Promise<unknown> => send().catch((error: unknown) => error);

  beforeEach(async () => {
    double = await MailDouble.start();
  });

  afterEach(() => double.stop());

  it('keeps what it was sent, inline image and all', async () => {
    const { messageId } = await send();
    expect(double.messages).toMatchObject([
      {
        from: 'Garage Connect <contact@shop.example>',
        to: ['aline@example.com'],
        subject: 'Votre QR code — commande GC-2026-000123',
        messageId,
        headers: { 'content-type': expect.stringContaining('multipart/') },
      },
    ]);
    const [mail] = double.messagesTo('aline@example.com');
    expect(mail?.text?.trim()).toBe('Bonjour Aline, voilà.');
    expect(mail?.html).toContain('cid:qr@shop.example');
    expect(mail?.attachments).toEqual([
      {
        contentId: 'qr@shop.example',
        filename: 'qr.png',
        contentType: 'image/png',
        bytes: PNG,
        disposition: 'inline',
      },
    ]);
  });

  it.each([
    ['RCPT', 550],
    ['RCPT', 451],
    ['DATA', 451],
    ['DATA', 550],
    ['CONNECT', 421],
  ] as const)('refuses at %s with %i as scripted, once', async (stage, code) => {
    double.faults.add({ kind: 'reply', stage, code });
    expect(await failure()).toMatchObject({ responseCode: code });
    expect(double.messages).toHaveLength(0);
    await send();
    expect(double.messages).toHaveLength(1);
  });

  it('takes the message and then never answers', async () => {
    double.faults.add({ kind: 'hang', stage: 'DATA', accepted: true });
    expect(await failure()).toMatchObject({ code: 'ETIMEDOUT' });
    expect(double.messages).toHaveLength(1);
  });

  it('hangs without taking anything', async () => {
    double.faults.add({ kind: 'hang', stage: 'RCPT' });
    expect(await failure()).toMatchObject({ code: 'ETIMEDOUT' });
    expect(double.messages).toHaveLength(0);
  });

  it.each(['CONNECT', 'RCPT', 'DATA'] as const)('cuts the connection at %s', async (stage) => {
    double.faults.add({ kind: 'cut', stage });
    expect(await failure()).toMatchObject({ code: expect.stringMatching(/^E/) });
    expect(double.messages).toHaveLength(0);
    await send();
    expect(double.messages).toHaveLength(1);
  });

  it('refuses connections while down and answers on the same port afterwards', async () => {
    const { url } = double;
    await double.down();
    expect(await failure()).toMatchObject({ code: 'ESOCKET', syscall: 'connect' });
    await double.up();
    expect(double.url).toBe(url);
    await send();
    expect(double.messages).toHaveLength(1);
  });

  it('asks for a password when it has one', async () => {
    await double.stop();
    double = await MailDouble.start({ credentials: { user: 'shop', password: 'right' } });
    const wrong = await send({}, { user: 'shop', pass: 'wrong' }).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 'EAUTH', responseCode: 535 });
    await send({}, { user: 'shop', pass: 'right' });
    expect(double.messages).toHaveLength(1);
  });

  it('still has its messages after a restart', async () => {
    await double.stop();
    let file = 'null';
    const snapshot = {
      load: (): unknown => JSON.parse(file),
      save: (state: unknown): void => {
        file = JSON.stringify(state);
      },
    };
    double = await MailDouble.start({ snapshot });
    await send();
    const before = [...double.messages];
    await double.stop();
    double = await MailDouble.start({ snapshot });
    expect(double.messages).toEqual(before);
  });
});
