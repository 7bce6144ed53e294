import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { checkoutSession } from '../../src/sandbox/stripe-double/factories/checkout-session.factory.js';

/**
 * Stripe and Twilio at the least cost at which they can be had: every call is answered at once with an
 * object of true size and shape, and nothing is kept but when each message arrived.
 */
const port = Number(process.env['PORT']);
const origin = `http://127.0.0.1:${port}`;

const ID = 'cs_test_THE_ID_OF_THIS_SESSION';
const EXPIRES_AT = 4_000_000_000;
const session = JSON.stringify(
  checkoutSession({ id: ID, expires_at: EXPIRES_AT, url: `${origin}/c/pay/${ID}` }),
);

const MESSAGE = {
  account_sid: 'AC00000000000000000000000000000000',
  api_version: '2010-04-01',
  body: '',
  date_created: new Date().toUTCString(),
  date_sent: null,
  date_updated: new Date().toUTCString(),
  direction: 'outbound-api',
  error_code: null,
  error_message: null,
  from: 'whatsapp:+14155238886',
  messaging_service_sid: null,
  num_media: '0',
  num_segments: '1',
  price: null,
  price_unit: 'USD',
  status: 'queued',
  subresource_uris: {},
  to: 'whatsapp:+590690000000',
  uri: '',
};

/** When a message reached us, in milliseconds since 1970, by the id in its callback address. */
const arrivals: { nid: string; at: number }[] = [];
let messages = 0;

function createSession(body: string): string {
  const expiresAt = /(?:^|&)expires_at=(\d+)/.exec(body)?.[1] ?? String(EXPIRES_AT);
  const id = `cs_test_${randomBytes(24).toString('hex')}`;
  return session.replaceAll(ID, id).replace(String(EXPIRES_AT), expiresAt);
}

function createMessage(body: string): string {
  messages += 1;
  const nid = /nid%3D(\d+)/.exec(body)?.[1];
  if (nid) arrivals.push({ nid, at: performance.timeOrigin + performance.now() });
  return JSON.stringify({ ...MESSAGE, sid: `SM${randomBytes(16).toString('hex')}` });
}

function send(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    'request-id': 'req_bench',
  });
  response.end(json);
}

// A program that stands still for a while finds its connections as it left them.
createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const { url = '' } = request;
    if (url.startsWith('/v1/checkout/sessions')) send(response, 200, createSession(body));
    else if (url.endsWith('/Messages.json')) send(response, 201, createMessage(body));
    else if (url === '/messages') send(response, 200, JSON.stringify({ messages }));
    else if (url === '/arrivals') send(response, 200, JSON.stringify(arrivals.splice(0)));
    else if (url === '/') send(response, 200, '{}');
    else send(response, 404, '{}');
  });
}).listen(port, '127.0.0.1');
