import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTwilioClient } from './twilio.client.js';

const CREATED = JSON.stringify({ sid: 'SM1', body: 'Déjà payé ? 🚗' });
const TEXT = 'Bonjour Zoé & Cie,\n50 % + 1 = « réglé » 🚗';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const created: Answer = (response) =>
  response.writeHead(201, { 'content-type': 'application/json' }).end(CREATED);

let answer: Answer = created;
let forms: URLSearchParams[] = [];
let connections = 0;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    forms.push(new URLSearchParams(body));
    answer(response, request);
  });
});
server.on('connection', () => (connections += 1));

const client = () =>
  createTwilioClient({
    accountSid: 'AC00000000000000000000000000000001',
    authToken: 'not-a-real-auth-token',
    apiBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    whatsappFrom: '',
    smsFrom: null,
  });
const send = (twilio: ReturnType<typeof client>) =>
  twilio.messages.create({ to: '+590690123456', body: TEXT, mediaUrl: ['http://a', 'http://b'] });

beforeEach(async () => {
  answer = created;
  forms = [];
  connections = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('what is sent and answered', () => {
  it('arrives as it was written, in every script, and lists as repeated fields', async () => {
    const message = await send(client());
    expect(forms[0]?.get('Body')).toBe(TEXT);
    expect(forms[0]?.getAll('MediaUrl')).toEqual(['http://a', 'http://b']);
    expect(message).toMatchObject({ sid: 'SM1', body: 'Déjà payé ? 🚗' });
  });

  it('is whole when a letter is torn between two packets', async () => {
    const bytes = Buffer.from(CREATED);
    const middle = bytes.indexOf(Buffer.from('é')) + 1;
    answer = (response) => {
      response.writeHead(201).write(bytes.subarray(0, middle));
      setTimeout(() => response.end(bytes.subarray(middle)), 30);
    };
    expect(await send(client())).toMatchObject({ body: 'Déjà payé ? 🚗' });
  });

  it.each<[string, Answer]>([
    [
      'is cut short',
      (response, request) => {
        response.writeHead(201, { 'content-length': 1000 }).write(CREATED);
        setTimeout(() => request.socket.destroy(), 30);
      },
    ],
    [
      'has no end',
      (response) => {
        const part = ' '.repeat(1_000_000);
        const more = (): void => {
          while (!response.destroyed && response.write(part));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      },
    ],
  ])('is an error when it %s', async (_how, given) => {
    answer = given;
    await expect(send(client())).rejects.toThrow();
    expect(forms).toHaveLength(1);
  });
});

describe('the connection', () => {
  it('is kept for the next message', async () => {
    const twilio = client();
    for (let n = 0; n < 3; n += 1) await send(twilio);
    expect(connections).toBe(1);
  });

  it('is replaced when the other side has closed it in between', async () => {
    answer = (response, request) => {
      created(response, request);
      response.on('finish', () => request.socket.end());
    };
    const twilio = client();
    for (let n = 0; n < 3; n += 1) {
      await send(twilio);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect([connections, forms.length]).toEqual([3, 3]);
  });
});
