import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { AppConfig } from '../config/app-config.js';
import { TwilioMessageSender, type TwilioMessage } from './twilio-message.sender.js';
import { createTwilioClient } from './twilio.client.js';

const ACCOUNT = 'AC00000000000000000000000000000001';
const AUTH_TOKEN = 'not-a-real-auth-token';
const MESSAGE: TwilioMessage = {
  notificationId: '42',
  from: 'whatsapp:+590690000001',
  to: 'whatsapp:+590690123456',
  text: '⏰ FINALISEZ VOTRE COMMANDE\n\nVotre commande GC-2026-000123\n\n⚠️ Ce lien expire dans 22h',
  mediaUrl: 'https://shop.example/q/token.png',
};
const SINCE = new Date('2026-11-22T10:00:00Z');

interface Received {
  readonly method: string | undefined;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}
type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const json =
  (status: number, body: unknown): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const refused = (status: number, code: number): Answer =>
  json(status, { code, message: 'refused', more_info: '', status });

let received: Received[] = [];
let answer: Answer = json(201, { sid: 'SM1' });
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    received.push({
      method: request.method,
      url: new URL(request.url ?? '', 'http://twilio.test'),
      authorization: request.headers.authorization,
      form: new URLSearchParams(body),
    });
    answer(response, request);
  });
});

const configFor = (apiBaseUrl: string | null, appUrl: string): AppConfig =>
  ({
    http: { port: 0, host: '127.0.0.1', appUrl },
    twilio: {
      accountSid: ACCOUNT,
      authToken: AUTH_TOKEN,
      apiBaseUrl,
      whatsappFrom: MESSAGE.from,
      smsFrom: null,
    },
  }) as AppConfig;

const baseUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const senderTo = (apiBaseUrl: string, appUrl = 'https://shop.example'): TwilioMessageSender =>
  new TwilioMessageSender(configFor(apiBaseUrl, appUrl));

let logged: unknown[] = [];

beforeEach(async () => {
  received = [];
  logged = [];
  answer = json(201, { sid: 'SM1' });
  vi.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => {
    logged.push(line);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('sending', () => {
  it("posts Twilio's own form to the configured origin and answers the sid", async () => {
    expect(await senderTo(baseUrl()).send(MESSAGE)).toEqual({
      result: 'accepted',
      providerId: 'SM1',
    });
    expect(received).toHaveLength(1);
    const [request] = received;
    expect(request?.method).toBe('POST');
    expect(request?.url.pathname).toBe(`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
    expect(request?.authorization).toBe(
      `Basic ${Buffer.from(`${ACCOUNT}:${AUTH_TOKEN}`).toString('base64')}`,
    );
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      Body: MESSAGE.text,
      From: MESSAGE.from,
      To: MESSAGE.to,
      MediaUrl: MESSAGE.mediaUrl,
      StatusCallback: 'https://shop.example/api/webhook/twilio/status?nid=42',
    });
  });

  it.each([
    ['a wrong number', 400, 21211, 'rejected', false],
    ['a customer who opted out', 400, 21610, 'rejected', false],
    ['a number without WhatsApp', 400, 63003, 'rejected', false],
    ['too many requests', 429, 20429, 'try_later', false],
    ['a full queue', 400, 21611, 'try_later', false],
    ['a failure inside Twilio', 500, 20500, 'ambiguous', false],
    ['a service that is away', 503, 20503, 'ambiguous', false],
    ['a wrong auth token', 401, 20003, 'try_later', true],
    ['a sender that is not ours', 400, 63007, 'try_later', true],
    ['a text that is too long', 400, 21617, 'rejected', true],
    ['a refusal that nobody listed', 400, 29999, 'rejected', true],
  ] as const)(
    'answers by the class of the code for %s',
    async (_what, status, code, result, alarm) => {
      answer = refused(status, code);
      expect(await senderTo(baseUrl()).send(MESSAGE)).toEqual({ result, errorCode: String(code) });
      expect(received).toHaveLength(1);
      expect(logged).toEqual(
        alarm
          ? [
              {
                event: 'twilio_refused_message',
                errorCode: String(code),
                notificationId: '42',
                msg: expect.any(String),
              },
            ]
          : [],
      );
      expect(JSON.stringify(logged)).not.toContain('590690');
    },
  );

  it.each<[string, Answer, string]>([
    ['201 without a sid', json(201, {}), 'no_sid'],
    ['201 without a body', (response) => response.writeHead(201).end(), 'no_usable_answer'],
    ['an HTML error page', (response) => response.writeHead(502).end('<html>'), 'http_502'],
    ['a connection cut without an answer', (_, request) => request.socket.destroy(), 'ECONNRESET'],
  ])('is ambiguous after %s', async (_what, reply, errorCode) => {
    answer = reply;
    expect(await senderTo(baseUrl()).send(MESSAGE)).toEqual({ result: 'ambiguous', errorCode });
    expect(received).toHaveLength(1);
  });

  it('may be tried again when nobody listens, since the request never left', async () => {
    const url = baseUrl();
    await new Promise((resolve) => server.close(resolve));
    const outcome = await senderTo(url).send(MESSAGE);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    expect(outcome).toEqual({ result: 'try_later', errorCode: 'ECONNREFUSED' });
  });

  it('may be tried again when the name does not resolve', async () => {
    const outcome = await senderTo('http://twilio.invalid').send(MESSAGE);
    expect(outcome.result).toBe('try_later');
  });

  it('writes nothing to the console with TWILIO_LOG_LEVEL=debug', async () => {
    vi.stubEnv('TWILIO_LOG_LEVEL', 'debug');
    const write = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await senderTo(baseUrl()).send(MESSAGE);
    expect(received).toHaveLength(1);
    expect(write).not.toHaveBeenCalled();
  });

  it('gives a double its callback and image on a loopback address', async () => {
    await senderTo(baseUrl(), 'http://localhost:3000').send(MESSAGE);
    expect(received[0]?.form.get('StatusCallback')).toBe(
      'http://localhost:3000/api/webhook/twilio/status?nid=42',
    );
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1:3000'])(
    'gives Twilio itself the text alone when it cannot reach %s',
    async (appUrl) => {
      const sender = new TwilioMessageSender(configFor(null, appUrl));
      // The real Twilio is out of reach here: what would be sent is read from the request itself.
      const client = Reflect.get(sender, 'client');
      const create = vi.spyOn(client.messages, 'create').mockResolvedValue({ sid: 'SM1' });
      await sender.send(MESSAGE);
      expect(create).toHaveBeenCalledWith({
        from: MESSAGE.from,
        to: MESSAGE.to,
        body: MESSAGE.text,
      });
    },
  );
});

describe('the time limit', () => {
  const hanging = (): ReturnType<typeof createTwilioClient> =>
    createTwilioClient(configFor(baseUrl(), 'https://shop.example').twilio, 300);

  it('ends a call that gets no answer', async () => {
    answer = () => undefined;
    const started = Date.now();
    await expect(hanging().messages.create({ to: '+590690123456' })).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(2000);
  });

  it('ends a call whose answer trickles', async () => {
    answer = (response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    };
    const started = Date.now();
    await expect(hanging().messages.create({ to: '+590690123456' })).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(2000);
  });
});

describe('finding an earlier attempt', () => {
  const listed = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
    sid: 'SM7',
    body: MESSAGE.text.replace('22h', '23h'),
    status: 'queued',
    date_created: 'Sun, 22 Nov 2026 10:00:30 +0000',
    date_sent: null,
    ...over,
  });
  const page = (...messages: unknown[]): Answer =>
    json(200, { messages, page: 0, page_size: 200, next_page_uri: null });

  it('answers its sid although the time left in the text has changed', async () => {
    answer = page(listed());
    expect(await senderTo(baseUrl()).find(MESSAGE, SINCE)).toBe('SM7');
    expect(received[0]?.method).toBe('GET');
    expect(Object.fromEntries(received[0]?.url.searchParams ?? [])).toMatchObject({
      To: MESSAGE.to,
      From: MESSAGE.from,
    });
  });

  it('passes over one that is known to be another message', async () => {
    answer = page(listed({ sid: 'SM8' }), listed());
    expect(await senderTo(baseUrl()).find(MESSAGE, SINCE, ['SM8'])).toBe('SM7');
    expect(await senderTo(baseUrl()).find(MESSAGE, SINCE, ['SM7', 'SM8'])).toBeNull();
  });

  it('answers null when Twilio lists none', async () => {
    answer = page();
    expect(await senderTo(baseUrl()).find(MESSAGE, SINCE)).toBeNull();
  });

  it.each<[string, Answer]>([
    ['Twilio fails', refused(500, 20500)],
    ['the connection is cut', (_, request) => request.socket.destroy()],
    ['the list is longer than one page', page(...Array(200).fill(listed({ body: 'other' })))],
  ])('cannot tell when %s', async (_what, reply) => {
    answer = reply;
    expect(await senderTo(baseUrl()).find(MESSAGE, SINCE)).toBe('unknown');
  });
});
