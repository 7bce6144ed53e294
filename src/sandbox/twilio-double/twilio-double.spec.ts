import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { twilioError } from './twilio-error.js';
import { TwilioDouble, type TwilioDoubleOptions } from './twilio-double.js';

const ACCOUNT = `AC${'0'.repeat(31)}1`;
const TOKEN = 'sandbox-auth-token-0123456789';
const APP_URL = 'https://shop.example';
const CUSTOMER = '+590690123456';
const WHATSAPP = { to: `whatsapp:${CUSTOMER}`, from: 'whatsapp:+590590000000' };
const SMS = { to: CUSTOMER, from: 'GARAGE' };
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** The SDK as the application uses it: only the origin of its requests is rewritten. */
class LocalClient extends twilio.RequestClient {
  constructor(origin: string) {
    super({ timeout: 2_000 });
    this.axios.interceptors.request.use((request) => {
      request.url = request.url?.replace(/^https:\/\/[^/]+/, origin);
      return request;
    });
  }
}

interface Received {
  readonly path: string;
  readonly params: Record<string, string>;
  readonly signature: string;
}

describe('TwilioDouble through the real SDK', () => {
  let double: TwilioDouble;
  let client: ReturnType<typeof twilio>;
  let app: Server;
  let received: Received[];
  let answers: { status: number; body?: string | Buffer; type?: string }[];

  const start = async (options: Partial<TwilioDoubleOptions> = {}): Promise<void> => {
    const local = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
    double = await TwilioDouble.start({
      accountSid: ACCOUNT,
      authToken: TOKEN,
      deliver: 'auto',
      statusDelayMs: 0,
      inboundUrl: `${APP_URL}/api/webhook/twilio/inbound`,
      reach: (url) => url.replace(APP_URL, local),
      ...options,
    });
    client = twilio(ACCOUNT, TOKEN, { httpClient: new LocalClient(double.url) });
  };

  const statusCallback = `${APP_URL}/api/webhook/twilio/status?nid=42`;

  const isGenuine = ({ path, params, signature }: Received, token = TOKEN): boolean =>
    twilio.validateRequest(token, signature, APP_URL + path, params);

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'POST') {
      received.push({
        path: request.url ?? '',
        params: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
        signature: String(request.headers['x-twilio-signature']),
      });
    }
    const answer = answers.shift() ?? { status: 204 };
    response.writeHead(answer.status, { 'content-type': answer.type ?? 'text/plain' });
    response.end(answer.body);
  };

  beforeEach(async () => {
    received = [];
    answers = [];
    app = createServer((request, response) => void take(request, response));
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await double.stop();
    app.closeAllConnections();
    await new Promise((resolve) => app.close(resolve));
  });

  it('takes a message and tells its life in callbacks that validate', async () => {
    await start();
    const message = await client.messages.create({ ...WHATSAPP, body: 'Bonjour', statusCallback });
    expect(message).toMatchObject({ status: 'queued', direction: 'outbound-api', numMedia: '0' });
    expect(message.sid).toMatch(/^SM[0-9a-f]{32}$/);
    await double.settled();
    expect(received.map(({ params }) => params['MessageStatus'])).toEqual([
      'sent',
      'delivered',
      'read',
    ]);
    expect(received.every(({ path }) => path === '/api/webhook/twilio/status?nid=42')).toBe(true);
    expect(received.every((one) => isGenuine(one))).toBe(true);
    expect(received.some((one) => isGenuine(one, 'another'))).toBe(false);
    expect((await client.messages(message.sid).fetch()).status).toBe('read');
  });

  it('does not claim that an SMS was read', async () => {
    await start();
    await client.messages.create({ ...SMS, body: 'Bonjour', statusCallback });
    await double.settled();
    expect(double.messages[0]?.status).toBe('delivered');
  });

  it('fetches each medium and keeps its bytes', async () => {
    await start({ deliver: 'manual' });
    answers = [{ status: 200, body: PNG, type: 'image/png' }];
    const sent = await client.messages.create({
      ...WHATSAPP,
      body: 'QR',
      mediaUrl: [`${APP_URL}/q/token.png`],
    });
    expect(sent.sid).toMatch(/^MM/);
    await double.settled();
    expect(double.messages[0]?.media).toEqual([
      { url: `${APP_URL}/q/token.png`, contentType: 'image/png', bytes: PNG },
    ]);
  });

  it.each([
    ['a missing image', { status: 404 }, '63019'],
    ['a page instead of an image', { status: 200, body: '<h1>', type: 'text/html' }, '63019'],
    ['an empty image', { status: 200, type: 'image/png' }, '63019'],
    [
      'an image above 5 MB',
      { status: 200, body: Buffer.alloc(5 * 1024 * 1024 + 1), type: 'image/png' },
      '63019',
    ],
  ])('fails a message with %s, in a callback', async (_what, answer, code) => {
    await start();
    answers = [answer];
    await client.messages.create({ ...WHATSAPP, mediaUrl: [`${APP_URL}/q.png`], statusCallback });
    await double.settled();
    expect(received.map(({ params }) => [params['MessageStatus'], params['ErrorCode']])).toEqual([
      ['failed', code],
    ]);
    expect(double.messages[0]).toMatchObject({ status: 'failed', errorCode: 63019, media: [] });
  });

  it('refuses in Twilio’s own shape', async () => {
    await start();
    await expect(client.messages.create({ ...SMS, to: '+590', body: 'x' })).rejects.toMatchObject({
      code: 21211,
      status: 400,
      message: "The 'To' number is not a valid phone number.",
      moreInfo: 'https://www.twilio.com/docs/errors/21211',
    });
    expect(double.messages).toHaveLength(0);
    await expect(client.messages(`SM${'0'.repeat(32)}`).fetch()).rejects.toMatchObject({
      code: 20404,
      status: 404,
    });
  });

  it('refuses a sender the account does not own, and wrong credentials', async () => {
    await start({ senders: ['whatsapp:+590590000000'] });
    await expect(client.messages.create({ ...SMS, body: 'x' })).rejects.toMatchObject({
      code: 21606,
    });
    const from = 'whatsapp:+33600000000';
    await expect(client.messages.create({ ...WHATSAPP, from, body: 'x' })).rejects.toMatchObject({
      code: 63007,
    });
    await client.messages.create({ ...WHATSAPP, body: 'x' });
    const stranger = twilio(ACCOUNT, 'wrong', { httpClient: new LocalClient(double.url) });
    await expect(stranger.messages.list()).rejects.toMatchObject({ code: 20003, status: 401 });
  });

  it('fails at once as scripted', async () => {
    await start();
    const send = (): Promise<unknown> =>
      client.messages.create({ ...SMS, body: 'x' }).catch((error: unknown) => error);
    const path = /Messages\.json$/;
    double.faults.add({ path, kind: 'status', status: 429, body: twilioError(20429) });
    expect(await send()).toMatchObject({ code: 20429, status: 429 });
    double.faults.add({ path, kind: 'status', status: 500, body: '<h1>Oops</h1>' });
    expect(await send()).toMatchObject({ status: 500 });
    double.faults.add({ path, kind: 'reset' });
    expect(await send()).toMatchObject({ code: 'ECONNRESET' });
    expect(double.messages).toHaveLength(0);
    double.faults.add({ path, kind: 'status', status: 201, body: '', accepted: true });
    expect(((await send()) as { sid?: string }).sid).toBeUndefined();
    expect(double.messages).toHaveLength(1);
    double.faults.add({ path, kind: 'hang', accepted: true });
    expect(await send()).toMatchObject({ code: 'ECONNABORTED' });
    expect(double.messages).toHaveLength(2);
    await double.down();
    expect(await send()).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('fails later as scripted, in a callback', async () => {
    await start();
    double.fates.add({ to: WHATSAPP.to, status: 'failed', errorCode: 63016 });
    await client.messages.create({ ...WHATSAPP, body: 'x', statusCallback });
    await client.messages.create({ ...WHATSAPP, body: 'y' });
    await double.settled();
    expect(received[0]?.params).toMatchObject({ MessageStatus: 'failed', ErrorCode: '63016' });
    expect(double.messages.map(({ status }) => status)).toEqual(['failed', 'read']);
  });

  it('refuses free text outside the 24 hour window when told to', async () => {
    await start({ enforceWindow: true });
    await client.messages.create({ ...WHATSAPP, body: 'x' });
    await client.messages.create({ ...WHATSAPP, contentSid: `HX${'0'.repeat(32)}` });
    await double.settled();
    await double.receive(WHATSAPP.to, 'Bonjour');
    await client.messages.create({ ...WHATSAPP, body: 'y' });
    await double.settled();
    const sent = double.messagesTo(WHATSAPP.to);
    expect(sent.map(({ errorCode }) => errorCode)).toEqual([63016, null, null]);
  });

  it('sends callbacks by hand: any order, several at once, forged', async () => {
    await start({ deliver: 'manual' });
    const { sid } = await client.messages.create({ ...WHATSAPP, body: 'x', statusCallback });
    await double.settled();
    expect(received).toHaveLength(0);
    await double.callback(sid, 'delivered', { times: 2, concurrently: true });
    await double.callback(sid, 'sent', { extra: { NewParameter: 'one' } });
    expect(double.messages[0]?.status).toBe('queued');
    expect(received.map((one) => isGenuine(one))).toEqual([true, true, true]);
    await double.callback(sid, 'failed', { authToken: 'forged' });
    expect(isGenuine(received[3] as Received)).toBe(false);
    expect(double.messages[0]?.callbacks.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    const [attempt] = await double.advance(sid, 'undelivered', { errorCode: 30003 });
    expect(attempt?.status).toBe(204);
    expect(await client.messages(sid).fetch()).toMatchObject({
      status: 'undelivered',
      errorCode: 30003,
    });
  });

  it('lists what the SDK asks for, page by page', async () => {
    await start({ deliver: 'manual' });
    for (const body of ['one', 'two', 'three']) await client.messages.create({ ...SMS, body });
    await client.messages.create({ ...WHATSAPP, body: 'other' });
    const since = new Date(Date.now() - 60_000);
    const found = await client.messages.list({ to: CUSTOMER, dateSentAfter: since, pageSize: 2 });
    expect(found.map(({ body }) => body)).toEqual(['three', 'two', 'one']);
    const later = new Date(Date.now() + 60_000);
    expect(await client.messages.list({ dateSentAfter: later })).toEqual([]);
  });

  it('posts what a person writes, signed, and sends what the TwiML answers', async () => {
    await start();
    answers = [
      {
        status: 200,
        type: 'text/xml',
        body: '<?xml version="1.0"?><Response><Message>C&apos;est noté &amp; merci</Message></Response>',
      },
    ];
    const attempt = await double.receive(WHATSAPP.to, 'STOP', { profileName: 'Aline' });
    expect(attempt.status).toBe(200);
    expect(received[0]?.params).toMatchObject({
      From: WHATSAPP.to,
      Body: 'STOP',
      WaId: '590690123456',
      ProfileName: 'Aline',
      NumMedia: '0',
    });
    expect(isGenuine(received[0] as Received)).toBe(true);
    expect(double.messagesTo(WHATSAPP.to)).toMatchObject([
      { direction: 'outbound-reply', body: "C'est noté & merci" },
    ]);
    await double.receive(WHATSAPP.to, 'x', { authToken: 'forged' });
    expect(isGenuine(received[1] as Received)).toBe(false);
  });

  it('still has its messages after a restart and goes on with those it had not sent', async () => {
    let file = 'null';
    const snapshot = {
      load: (): unknown => JSON.parse(file),
      save: (state: unknown): void => {
        file = JSON.stringify(state);
      },
    };
    await start({ snapshot, statusDelayMs: 60_000 });
    answers = [{ status: 200, body: PNG, type: 'image/png' }];
    const mediaUrl = [`${APP_URL}/q.png`];
    const { sid } = await client.messages.create({ ...WHATSAPP, mediaUrl, statusCallback });
    await expect.poll(() => double.messages[0]?.media.length).toBe(1);
    await double.stop();
    answers = [{ status: 200, body: PNG, type: 'image/png' }];
    await start({ snapshot });
    await double.settled();
    expect(double.messages).toMatchObject([{ sid, status: 'read', media: [{ bytes: PNG }] }]);
    expect(double.messages[0]?.at).toBeInstanceOf(Date);
  });
});
