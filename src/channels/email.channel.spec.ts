import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { Logger } from '@nestjs/common';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { AppConfig } from '../config/app-config.js';
import type { OutboundMessage } from './channel.js';
import { EmailChannel } from './email.channel.js';

const PNG = Buffer.from('iVBORw0KGgo=', 'base64');
const MESSAGE: OutboundMessage = {
  notificationId: '42',
  to: 'aline@example.com',
  text: 'Bonjour Aline,\nà bientôt 🙏',
  subject: 'Votre QR code de retrait',
  html: '<p>Bonjour Aline <img src="cid:qr"></p>',
  inlineImages: [{ contentId: 'qr', filename: 'qr.png', png: PNG }],
};

const configFor = (smtpUrl: string | null, appUrl = 'https://shop.example'): AppConfig =>
  ({
    http: { port: 0, host: '127.0.0.1', appUrl },
    mail: { smtpUrl, from: 'GarageConnect <shop@example.com>' },
    shop: { name: 'GarageConnect', address: '', hours: [], timeZone: 'UTC' },
  }) as unknown as AppConfig; // Only what the channel reads.

let closers: (() => Promise<unknown> | void)[] = [];
let logged: unknown[] = [];

beforeEach(() => {
  logged = [];
  vi.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => {
    logged.push(line);
  });
});

afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  closers = [];
  vi.restoreAllMocks();
});

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );

function channelTo(smtpUrl: string | null, appUrl?: string): EmailChannel {
  const channel = new EmailChannel(configFor(smtpUrl, appUrl));
  closers.push(() => channel.onApplicationShutdown());
  return channel;
}

/** A real SMTP server; every message it took is kept as it came. */
async function smtpServer(
  options: SMTPServerOptions = {},
): Promise<{ url: string; taken: string[]; recipients: string[] }> {
  const taken: string[] = [];
  const recipients: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      let raw = '';
      stream.on('data', (chunk) => (raw += chunk));
      stream.on('end', () => {
        taken.push(raw);
        recipients.push(...session.envelope.rcptTo.map(({ address }) => address));
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  const url = await listen(server.server);
  closers.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return { url, taken, recipients };
}

/** A server that only knows these lines: the n-th thing it hears gets the n-th answer. */
async function scriptedServer(answers: (string | null)[]): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let step = 0;
    const say = (): void => {
      const answer = answers[step++];
      if (answer === null || answer === undefined) socket.destroy();
      else if (answer !== '') socket.write(`${answer}\r\n`);
    };
    let inContent = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (inContent && !chunk.toString().endsWith('\r\n.\r\n')) return;
      inContent = chunk.toString().startsWith('DATA');
      say();
    });
    say();
  });
  const url = await listen(server);
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return url;
}

const smtpError = (responseCode: number): Error => Object.assign(new Error('no'), { responseCode });

describe('sending', () => {
  it('delivers text, HTML and an inline image to one recipient', async () => {
    const server = await smtpServer();
    const channel = channelTo(server.url);
    expect(channel).toMatchObject({ name: 'email', enabled: true });
    expect(await channel.send(MESSAGE)).toEqual({
      result: 'accepted',
      providerId: '<42@shop.example>',
    });
    expect(server.recipients).toEqual(['aline@example.com']);
    const mail = await PostalMime.parse(server.taken[0] ?? '');
    expect(mail).toMatchObject({
      messageId: '<42@shop.example>',
      subject: MESSAGE.subject,
      from: { name: 'GarageConnect', address: 'shop@example.com' },
      to: [{ name: '', address: 'aline@example.com' }],
    });
    expect(mail.text?.trim()).toBe(MESSAGE.text);
    expect(mail.html?.trim()).toBe(MESSAGE.html);
    expect(mail.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
    expect(mail.attachments).toHaveLength(1);
    expect(mail.attachments[0]).toMatchObject({
      disposition: 'inline',
      contentId: '<qr>',
      mimeType: 'image/png',
    });
    expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer)).toEqual(PNG);
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1:3000'])(
    'bears the same Message-ID at every attempt, under a name of its own for %s',
    async (appUrl) => {
      const server = await smtpServer();
      const channel = channelTo(server.url, appUrl);
      const first = await channel.send(MESSAGE);
      expect(first).toEqual({ result: 'accepted', providerId: '<42@garageconnect.invalid>' });
      expect(await channel.send(MESSAGE)).toEqual(first);
    },
  );

  it.each([
    'aline@example.com, eve@example.com',
    'aline@example.com\r\nBcc: eve@example.com',
    'Eve <eve@example.com>',
    'aline',
  ])('refuses %j, which is not one plain address', async (to) => {
    const server = await smtpServer();
    expect(await channelTo(server.url).send({ ...MESSAGE, to })).toEqual({
      result: 'rejected',
      errorCode: 'invalid_address',
    });
    expect(server.taken).toEqual([]);
  });

  it('keeps a subject on one line', async () => {
    const server = await smtpServer();
    await channelTo(server.url).send({ ...MESSAGE, subject: 'Merci\r\nBcc: eve@example.com' });
    const mail = await PostalMime.parse(server.taken[0] ?? '');
    expect(mail.bcc).toBeUndefined();
    expect(server.recipients).toEqual(['aline@example.com']);
  });

  it('is off without a server, and cannot tell what was sent', async () => {
    const channel = channelTo(null);
    expect(channel.enabled).toBe(false);
    expect(await channel.send(MESSAGE)).toEqual({
      result: 'rejected',
      errorCode: 'channel_disabled',
    });
    expect(await channel.find()).toBe('unknown');
  });
});

describe('a refusal', () => {
  it.each([
    ['mailbox unknown', 550, 'rejected'],
    ['mailbox busy', 450, 'try_later'],
    ['service closing', 421, 'try_later'],
    ['bad sequence of commands', 503, 'try_later'],
  ] as const)('of the recipient: %s (%i) is %s', async (_what, code, result) => {
    const { url } = await smtpServer({
      onRcptTo: (_address, _session, done) => done(smtpError(code)),
    });
    expect(await channelTo(url).send(MESSAGE)).toEqual({ result, errorCode: `smtp_${code}` });
  });

  it.each([
    [554, 'rejected'],
    [451, 'try_later'],
  ] as const)('of the content with %i is %s', async (code, result) => {
    const { url } = await smtpServer({
      onData: (stream, _session, done) => {
        stream.resume();
        stream.on('end', () => done(smtpError(code)));
      },
    });
    expect(await channelTo(url).send(MESSAGE)).toEqual({ result, errorCode: `smtp_${code}` });
    expect(logged).toEqual([]);
  });

  it('of our credentials may be tried again, and calls a person', async () => {
    const { url } = await smtpServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(null, {}),
    });
    const withUser = url.replace('smtp://', 'smtp://shop:not-the-password@');
    expect(await channelTo(withUser).send(MESSAGE)).toEqual({
      result: 'try_later',
      errorCode: 'smtp_535',
    });
    expect(logged).toEqual([
      {
        event: 'smtp_refused_connection',
        errorCode: 'smtp_535',
        notificationId: '42',
        msg: expect.any(String),
      },
    ]);
  });

  it('of our connection (554 greeting) may be tried again, and calls a person', async () => {
    const url = await scriptedServer(['554 no service for you']);
    expect(await channelTo(url).send(MESSAGE)).toEqual({
      result: 'try_later',
      errorCode: 'smtp_554',
    });
    expect(logged).toHaveLength(1);
  });
});

describe('a connection that fails', () => {
  it('may be tried again when nobody listens', async () => {
    expect(await channelTo('smtp://127.0.0.1:1').send(MESSAGE)).toEqual({
      result: 'try_later',
      errorCode: 'ESOCKET',
    });
  });

  it('may be tried again when it is cut before the content', async () => {
    const url = await scriptedServer(['220 hello', '250 hello', '250 ok', null]);
    expect((await channelTo(url).send(MESSAGE)).result).toBe('try_later');
  });

  it('is ambiguous when it is cut after the content', async () => {
    const url = await scriptedServer(['220 hi', '250 hi', '250 ok', '250 ok', '354 go', null]);
    expect(await channelTo(url).send(MESSAGE)).toEqual({
      result: 'ambiguous',
      errorCode: 'ECONNECTION',
    });
  });

  it(
    'is ambiguous when the server falls silent after the content',
    { timeout: 20_000 },
    async () => {
      const url = await scriptedServer(['220 hi', '250 hi', '250 ok', '250 ok', '354 go', '']);
      const started = Date.now();
      expect(await channelTo(`${url}?socketTimeout=400`).send(MESSAGE)).toEqual({
        result: 'ambiguous',
        errorCode: 'ETIMEDOUT',
      });
      expect(Date.now() - started).toBeLessThan(5000);
    },
  );
});
