import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureHeader } from '../../src/sandbox/stripe-double/webhook-delivery.js';
import { placeOrder } from '../support/factories.js';
import { databaseDigest, factsOf } from '../support/order-facts.js';
import { sendBytes } from '../support/raw-http.js';
import { aboutSession, postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const PATH = '/api/webhook/stripe';
const KIB = 1_024;
const CHUNK = `4000\r\n${'x'.repeat(0x4000)}\r\n`;

describe('the body of a webhook call', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  const snapshot = async () => {
    const order = await placeOrder(app);
    app.doubles.stripe.pay(order.stripeSessionId!);
    const completed = sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!);
    return { order, completed, text: JSON.stringify(completed) };
  };

  const THIN = JSON.stringify({
    id: 'evt_test_65UcXG0X0000000000016T5m6E1SQLr0i7a5y0Gq8aMW9s',
    object: 'v2.core.event',
    type: 'v1.checkout.session.completed',
    livemode: false,
    created: '2026-11-22T08:00:00.000Z',
    related_object: { id: 'cs_test_1', type: 'checkout.session', url: '/v1/checkout/sessions/x' },
  });

  it.each([
    ['nothing', ''],
    ['a space', ' '],
    ['no JSON', '{"id": "evt_1", '],
    ['words', 'payment received'],
    ['HTML', '<html></html>'],
    ['a form', 'id=evt_1&type=checkout.session.completed'],
    ['null', 'null'],
    ['true', 'true'],
    ['a list', '[]'],
    ['a list of events', '[{"object":"event"}]'],
    ['a number', '42'],
    ['a text', '"evt_1"'],
    ['an empty object', '{}'],
    ['an event of nothing', '{"object":"event","id":"evt_1","type":"charge.updated"}'],
    ['a thin event', THIN],
    ['an object that is no event', '{"object":"charge","id":"ch_1"}'],
    [
      'an event whose id is a number',
      '{"object":"event","id":1,"type":"x","created":1,"livemode":false,"data":{"object":{}}}',
    ],
    [
      'an event without an object',
      '{"object":"event","id":"evt_1","type":"x","created":1,"livemode":false,"data":{"object":null}}',
    ],
    [
      'an event about a list',
      '{"object":"event","id":"evt_1","type":"x","created":1,"livemode":false,"data":{"object":[]}}',
    ],
    [
      'an event from no time',
      '{"object":"event","id":"evt_1","type":"x","created":1e300,"livemode":false,"data":{"object":{}}}',
    ],
    [
      'an event with a zero byte in its id',
      '{"object":"event","id":"evt_\\u0000","type":"x","created":1,"livemode":false,"data":{"object":{}}}',
    ],
    [
      'an event with half a character in its type',
      '{"object":"event","id":"evt_1","type":"x\\ud800","created":1,"livemode":false,"data":{"object":{}}}',
    ],
    ['nested 20,000 deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['a prototype', '{"__proto__":{"object":"event"},"constructor":{"prototype":{}}}'],
  ])('W10 is refused with 400 although it is signed (%s)', async (_what, text) => {
    const before = await databaseDigest(app);
    const answer = await postWebhook(app, text);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_signature' });
    expect(await databaseDigest(app)).toEqual(before);
  });

  it('W10 is counted when it is refused', async () => {
    const refused = async (): Promise<number> => {
      const { text } = await app.http.get('/metrics').expect(200);
      const line = /^garageconnect_http_[a-z_]+_count\{.*stripe.*status="400".*\} (\d+)$/m.exec(
        text,
      );
      return Number(line?.[1] ?? 0);
    };
    const before = await refused();
    await postWebhook(app, 'null');
    expect(await refused()).toBe(before + 1);
  });

  it('W9 may start with a byte order mark, which is no part of what is signed', async () => {
    const { order, text } = await snapshot();
    const marked = new TextEncoder().encode(`\uFEFF${text}`);
    expect((await postWebhook(app, marked, { signedText: text })).status).toBe(200);
    const facts = await factsOf(app, order.id);
    expect(facts.state).toBe('confirmed/paid');
    expect(facts.payments).toHaveLength(1);
  });

  it('W9 is not unpacked: a compressed one fails its signature', async () => {
    const { text } = await snapshot();
    const before = await databaseDigest(app);
    const packed = new Uint8Array(gzipSync(text));
    const headers = { 'content-encoding': 'gzip' };
    expect((await postWebhook(app, packed, { signedText: text, headers })).status).toBe(400);
    // Ten megabytes of zeros in ten kilobytes.
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(10 * KIB * KIB)));
    expect((await postWebhook(app, bomb, { headers })).status).toBe(400);
    expect(await databaseDigest(app)).toEqual(before);
  });

  it.each([
    ['text/plain', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['several parts', 'multipart/form-data; boundary=x'],
    ['XML', 'application/xml'],
    ['something like JSON', 'application/jsonp'],
  ])('W12 is not taken as %s', async (_what, type) => {
    const { text } = await snapshot();
    const before = await databaseDigest(app);
    const answer = await postWebhook(app, text, { headers: { 'content-type': type } });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ code: 'unsupported_media_type' });
    expect(await databaseDigest(app)).toEqual(before);
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])(
    'W12 is not looked for in a %s',
    async (method) => {
      const { text } = await snapshot();
      const before = await databaseDigest(app);
      const body = method === 'GET' || method === 'HEAD' ? {} : { body: text };
      const { status } = await fetch(`${app.url}${PATH}`, {
        method,
        ...body,
        headers: {
          'content-type': 'application/json',
          'stripe-signature': signatureHeader(text, app.config.stripe.webhookSecrets[0]!),
        },
      });
      expect([404, 405]).toContain(status);
      expect(await databaseDigest(app)).toEqual(before);
    },
  );

  it.each([
    ['256 KiB and a byte', 256 * KIB + 1],
    ['a megabyte', KIB * KIB],
  ])('W11 of %s is answered 413', async (_what, size) => {
    const before = await databaseDigest(app);
    const answer = await postWebhook(app, `"${'x'.repeat(size - 2)}"`);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'body_too_large' });
    expect(await databaseDigest(app)).toEqual(before);
  });

  it('W11 of exactly 256 KiB is read', async () => {
    const { order } = await snapshot();
    const padded = aboutSession(app, 'checkout.session.completed', order.stripeSessionId!);
    const bare = JSON.stringify(padded);
    const text = bare + ' '.repeat(256 * KIB - Buffer.byteLength(bare));
    expect((await postWebhook(app, text)).status).toBe(200);
    expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
  });

  const head = (framing: string): string =>
    `POST ${PATH} HTTP/1.1\r\nhost: shop.test\r\ncontent-type: application/json\r\n${framing}\r\n`;
  const CHUNKED = 'transfer-encoding: chunked\r\n';

  it('W11 in chunks is cut off at the first byte above 256 KiB, without a length to warn of it', async () => {
    const before = await databaseDigest(app);
    const answer = await sendBytes(app, `${head(CHUNKED)}${CHUNK.repeat(16)}1\r\nx\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(await databaseDigest(app)).toEqual(before);
  });

  /** Sends until the server hangs up; its answer, unless it was lost in the hanging up. */
  const sendEndlessly = async (): Promise<string> => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    return new Promise<string>((resolve) => {
      let heard = '';
      const more = (): void => {
        if (!socket.destroyed && socket.write(CHUNK)) setImmediate(more);
      };
      socket.on('drain', more);
      socket.on('data', (data) => (heard += data.toString()));
      socket.on('error', () => socket.destroy());
      socket.on('close', () => resolve(heard));
      socket.write(head(CHUNKED));
      more();
    });
  };

  it('W11 that never ends is hung up on and costs no memory, from fifty senders at once', async () => {
    const before = process.memoryUsage.rss();
    const answers = await Promise.all(Array.from({ length: 50 }, sendEndlessly));
    for (const answer of answers) expect(answer).toMatch(/^(?:HTTP\/1\.1 413 |$)/);
    // Fifty times the limit are 13 MB; the rest is room for this process, which also sends.
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * KIB * KIB);
    await app.http.get('/health/live').expect(200);
  });

  it('W11 that is announced as a gigabyte is refused and hung up on before any of it is read', async () => {
    const before = await databaseDigest(app);
    const answer = await sendBytes(app, `${head(`content-length: ${KIB ** 3}\r\n`)}{"object"`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(await databaseDigest(app)).toEqual(before);
  });

  it('W11 that is longer than it was announced is read as far as announced, and is not what was signed', async () => {
    const { text } = await snapshot();
    const before = await databaseDigest(app);
    const signature = signatureHeader(text, app.config.stripe.webhookSecrets[0]!);
    const answer = await sendBytes(
      app,
      `${head(`content-length: 100\r\nstripe-signature: ${signature}\r\n`)}${text}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain(' 200 ');
    expect(await databaseDigest(app)).toEqual(before);
  });
});
