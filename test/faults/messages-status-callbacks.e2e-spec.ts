import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import supertest from 'supertest';
import twilio from 'twilio';
import { callbackParams } from '../../src/sandbox/twilio-double/status-callbacks.js';
import type { TwilioMessage } from '../../src/sandbox/twilio-double/twilio-message.js';
import {
  abandon,
  type OutboxRow,
  outboxRow,
  type SentConfirmation,
  sentConfirmation,
} from '../support/outbox.js';
import { APP_URL, TestApp } from '../support/test-app.js';

type Status = TwilioMessage['status'];

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const rowOf = ({ order }: SentConfirmation): Promise<OutboxRow> =>
  outboxRow(app, order.id, 'order_confirmation');

const tell = async (sent: SentConfirmation, status: Status, errorCode?: number) => {
  const options = errorCode === undefined ? {} : { errorCode };
  const [attempt] = await app.doubles.twilio.callback(sent.message.sid, status, options);
  expect(attempt).toMatchObject({ status: 204, body: '' });
};

/** Posts a form by hand; `signed` is the URL that the signature covers. */
function post(path: string, params: Record<string, string>, signed: string | null) {
  const request = supertest(app.url).post(path).type('form');
  if (signed !== null) {
    const token = app.config.twilio.authToken;
    void request.set(
      'x-twilio-signature',
      twilio.getExpectedTwilioSignature(token, signed, params),
    );
  }
  return request.send(params);
}

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, index) =>
        permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
      );

describe('T7 a status callback', () => {
  it('signed by Twilio is answered 204 and kept', async () => {
    const sent = await sentConfirmation(app);
    await tell(sent, 'delivered');

    expect(await rowOf(sent)).toMatchObject({
      status: 'sent',
      deliveryStatus: 'delivered',
      providerId: sent.message.sid,
      errorCode: null,
    });
  });

  it('keeps the code of a failure', async () => {
    const sent = await sentConfirmation(app);
    await tell(sent, 'failed', 63_016);
    expect(await rowOf(sent)).toMatchObject({ deliveryStatus: 'failed', errorCode: '63016' });
  });

  it('that comes ten times, all at once, is one line in the log', async () => {
    const sent = await sentConfirmation(app);
    const { id } = await rowOf(sent);
    const attempts = await app.doubles.twilio.callback(sent.message.sid, 'delivered', {
      times: 10,
      concurrently: true,
    });

    expect(attempts.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 204));
    const lines = app.logs.filter(
      (line) => line['event'] === 'message.delivery' && line['notificationId'] === id,
    );
    expect(lines).toHaveLength(1);
  });

  it('is shown in the timeline of the order', async () => {
    const sent = await sentConfirmation(app);
    await tell(sent, 'read');
    const { body } = await app.as('admin').get(`/api/orders/${sent.order.id}/timeline`).expect(200);
    expect(body.data).toContainEqual(
      expect.objectContaining({
        type: 'message.order_confirmation',
        data: expect.objectContaining({ channel: 'whatsapp', deliveryStatus: 'read' }),
      }),
    );
  });

  it('may carry parameters that nobody has heard of', async () => {
    const sent = await sentConfirmation(app);
    const [attempt] = await app.doubles.twilio.callback(sent.message.sid, 'sent', {
      extra: { RawDlrDoneDate: '2611221015', Ünïcode: 'é & =', Empty: '' },
    });
    expect(attempt?.status).toBe(204);
    expect((await rowOf(sent)).deliveryStatus).toBe('sent');
  });

  it('with a status that nobody has heard of changes nothing', async () => {
    const sent = await sentConfirmation(app);
    for (const MessageStatus of ['partially_delivered', 'constructor', '__proto__', '']) {
      const params = { ...callbackParams(sent.message, 'sent'), MessageStatus };
      const url = new URL(sent.message.statusCallback!);
      const path = `${url.pathname}${url.search}`;
      await post(path, params, url.href).expect(204);
    }
    expect((await rowOf(sent)).deliveryStatus).toBeNull();
  });
});

describe('T7 the order of callbacks', () => {
  const STATUSES: readonly (readonly [Status, number?])[] = [
    ['sent'],
    ['delivered'],
    ['read'],
    ['failed', 63_016],
  ];

  it.each(permutations(STATUSES).map((order) => [order.map(([status]) => status).join(), order]))(
    'does not matter: %s ends as read',
    async (_name, order) => {
      const sent = await sentConfirmation(app);
      for (const [status, errorCode] of order as typeof STATUSES) {
        await tell(sent, status, errorCode);
      }
      expect(await rowOf(sent)).toMatchObject({
        status: 'sent',
        deliveryStatus: 'read',
        errorCode: null,
        providerId: sent.message.sid,
      });
    },
  );

  it.each(permutations<Status>(['queued', 'sending', 'sent', 'undelivered']).map((o) => [o]))(
    'does not matter: %s ends as undelivered',
    async (order) => {
      const sent = await sentConfirmation(app);
      for (const status of order)
        await tell(sent, status, status === 'undelivered' ? 30_003 : undefined);
      expect(await rowOf(sent)).toMatchObject({
        deliveryStatus: 'undelivered',
        errorCode: '30003',
      });
    },
  );

  it('does not matter when they all come at once', async () => {
    const sent = await sentConfirmation(app);
    const order: Status[] = ['read', 'sent', 'delivered', 'sending', 'read', 'delivered', 'sent'];
    await Promise.all(order.map((status) => tell(sent, status)));
    expect((await rowOf(sent)).deliveryStatus).toBe('read');
  });
});

describe('T7 a callback that settles a message', () => {
  it('ends an attempt whose process died: nothing is looked up or sent again', async () => {
    const sent = await sentConfirmation(app);
    await abandon(app, (await rowOf(sent)).id);
    await tell(sent, 'delivered');
    expect(await rowOf(sent)).toMatchObject({
      status: 'sent',
      providerId: sent.message.sid,
      sentAt: expect.any(Date),
    });

    const requests = app.doubles.twilio.requests.length;
    await app.drain();
    expect(app.doubles.twilio.requests.length).toBe(requests);
  });

  it('says that a message given up as uncertain was sent after all', async () => {
    const sent = await sentConfirmation(app);
    const { id } = await rowOf(sent);
    await app.sql(
      `UPDATE notifications SET status = 'failed', provider_id = NULL, sent_at = NULL,
              error_code = 'ECONNRESET' WHERE id = $1`,
      [id],
    );
    await tell(sent, 'delivered');
    expect(await rowOf(sent)).toMatchObject({
      status: 'sent',
      deliveryStatus: 'delivered',
      errorCode: null,
    });
  });

  it('of another message is not believed', async () => {
    const [sent, other] = [await sentConfirmation(app), await sentConfirmation(app)];
    const url = sent.message.statusCallback!;
    const { pathname, search } = new URL(url);
    await post(`${pathname}${search}`, callbackParams(other.message, 'failed'), url).expect(204);
    expect((await rowOf(sent)).deliveryStatus).toBeNull();
  });
});

describe('T7 a callback that is not Twilio’s', () => {
  it('is answered 403 when another token signed it', async () => {
    const sent = await sentConfirmation(app);
    const [attempt] = await app.doubles.twilio.callback(sent.message.sid, 'read', {
      authToken: 'f'.repeat(32),
    });
    expect(attempt?.status).toBe(403);
    expect(JSON.parse(attempt!.body)).toMatchObject({ status: 403, code: 'invalid_signature' });
    expect((await rowOf(sent)).deliveryStatus).toBeNull();
  });

  it('is answered 403 without a signature', async () => {
    const sent = await sentConfirmation(app);
    const { pathname, search } = new URL(sent.message.statusCallback!);
    await post(`${pathname}${search}`, callbackParams(sent.message, 'read'), null).expect(403);
    expect((await rowOf(sent)).deliveryStatus).toBeNull();
  });

  it.each([
    ['another host', (url: string) => url.replace(APP_URL, 'http://evil.test')],
    ['another scheme', (url: string) => url.replace('http:', 'https:')],
    ['another message', (url: string) => url.replace(/nid=\d+/, 'nid=1')],
    ['the address without its query', (url: string) => url.split('?')[0]!],
  ])('is answered 403 when the signature covers %s', async (_case, change) => {
    const sent = await sentConfirmation(app);
    const url = sent.message.statusCallback!;
    const { pathname, search } = new URL(url);
    await post(`${pathname}${search}`, callbackParams(sent.message, 'read'), change(url)).expect(
      403,
    );
    expect((await rowOf(sent)).deliveryStatus).toBeNull();
  });

  it('is told by the configured address, whatever Host and X-Forwarded-Host say', async () => {
    const sent = await sentConfirmation(app);
    const genuine = sent.message.statusCallback!;
    const { pathname, search } = new URL(genuine);
    const from = (host: string, signed: string) =>
      post(`${pathname}${search}`, callbackParams(sent.message, 'read'), signed)
        .set('host', host)
        .set('x-forwarded-host', host);
    await from('evil.test', `http://evil.test${pathname}${search}`).expect(403);
    expect((await rowOf(sent)).deliveryStatus).toBeNull();

    await from('a-proxy.internal', genuine).expect(204);
    expect((await rowOf(sent)).deliveryStatus).toBe('read');
  });

  it.each([
    'nid=999999999',
    'nid=',
    'nid=abc',
    'nid=1e3',
    'nid=99999999999999999999',
    'other=1',
    'nid=1&nid=2',
  ])('but signed and of no message of ours (%s) is answered 204', async (query) => {
    const sent = await sentConfirmation(app);
    const path = `/api/webhook/twilio/status?${query}`;
    await post(path, callbackParams(sent.message, 'read'), `${APP_URL}${path}`).expect(204);
    expect((await rowOf(sent)).deliveryStatus).toBeNull();
  });
});
