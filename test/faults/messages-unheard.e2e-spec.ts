import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeliveryCheckService } from '../../src/notifications/delivery-check.service.js';
import {
  hurry,
  outboxRow,
  type SentConfirmation,
  sentConfirmation,
  wakeChannels,
  whatsappTo,
} from '../support/outbox.js';
import { toldOf } from '../support/senders.js';
import { TestApp } from '../support/test-app.js';

/** Twilio's address of one message. */
const ONE_MESSAGE = /\/Messages\/[A-Z]{2}[0-9a-f]{32}\.json$/;

let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ beside: app });
});
afterEach(async () => {
  app.doubles.twilio.faults.clear();
  await wakeChannels(app);
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const rowOf = ({ order }: SentConfirmation) => outboxRow(app, order.id, 'order_confirmation');

describe('a message of which nothing is heard', { timeout: 60_000 }, () => {
  const check = (by: TestApp = app): Promise<number> => by.app.get(DeliveryCheckService).checkDue();
  const asked = ({ message }: SentConfirmation): number =>
    app.doubles.twilio
      .requestsTo('GET', ONE_MESSAGE)
      .filter(({ path }) => path.includes(message.sid)).length;
  /** As if so long had passed that it is asked for. */
  const wait = (...all: readonly SentConfirmation[]) =>
    app.sql(
      `UPDATE notifications SET delivery_check_at = now()
        WHERE order_id = ANY ($1::uuid[]) AND delivery_check_at IS NOT NULL`,
      [all.map(({ order }) => order.id)],
    );

  it('T8 is not asked for at once, then asked for at Twilio', async () => {
    const one = await sentConfirmation(app);
    app.doubles.twilio.proceed(one.message.sid, 'delivered');
    await check();
    expect(asked(one)).toBe(0);

    await wait(one);
    expect(await check()).toBe(1);
    expect(await rowOf(one)).toMatchObject({ status: 'sent', deliveryStatus: 'delivered' });
    await wait(one);
    await check();
    expect(asked(one)).toBe(1);
  });

  it('T8 counts as undelivered when Twilio does not know it', async () => {
    const one = await sentConfirmation(app);
    app.doubles.twilio.forgetMessage(one.message.sid);
    await wait(one);
    await check();
    expect(await toldOf(app, one.order.id)).toMatchObject([
      { status: 'sent', deliveryStatus: 'undelivered', errorCode: 'not_at_provider' },
    ]);
  });

  it('T8 is sent once more, or given up, by the same rules as when a callback says so', async () => {
    const [later, never] = [await sentConfirmation(app), await sentConfirmation(app)];
    app.doubles.twilio.proceed(later.message.sid, 'undelivered', 30_003);
    app.doubles.twilio.proceed(never.message.sid, 'failed', 63_024);
    await wait(later, never);
    expect(await check()).toBe(2);

    expect(await rowOf(later)).toMatchObject({ status: 'queued', errorCode: '30003' });
    expect(await rowOf(never)).toMatchObject({ status: 'sent', errorCode: '63024' });
    await hurry(app, later.order.id);
    await app.drain();
    expect(whatsappTo(app, later.order)).toHaveLength(2);
  });

  it('T8 is asked for again, a few times at growing ages, then left alone', async () => {
    const one = await sentConfirmation(app);
    app.doubles.twilio.proceed(one.message.sid, 'sent');
    const pauses: (number | null)[] = [];
    for (let n = 0; n < 8; n += 1) {
      await wait(one);
      await check();
      const [row] = await app.sql<{ pause: number | null }>(
        `SELECT round(extract(epoch FROM delivery_check_at - now()) / 60)::int AS pause
           FROM notifications WHERE order_id = $1`,
        [one.order.id],
      );
      pauses.push(row!.pause);
    }
    expect(pauses).toEqual([20, 90, 360, 960, null, null, null, null]);
    expect(asked(one)).toBe(5);
  });

  it('T8 is asked for once by two instances at the same time', async () => {
    const all: SentConfirmation[] = [];
    for (let n = 0; n < 12; n += 1) all.push(await sentConfirmation(app));
    for (const { message } of all) app.doubles.twilio.proceed(message.sid, 'delivered');
    await wait(...all);
    const counts = await Promise.all([check(app), check(other)]);

    expect(counts[0] + counts[1]).toBe(12);
    for (const one of all) {
      expect(asked(one)).toBe(1);
      expect((await rowOf(one)).deliveryStatus).toBe('delivered');
    }
  });

  it('T8 is not hunted for while Twilio does not answer', async () => {
    const all: SentConfirmation[] = [];
    for (let n = 0; n < 25; n += 1) all.push(await sentConfirmation(app));
    await wait(...all);
    app.doubles.twilio.faults.add({
      method: 'GET',
      path: ONE_MESSAGE,
      kind: 'status',
      status: 503,
      times: 100,
    });
    expect(await check()).toBe(10);

    app.doubles.twilio.faults.clear();
    for (const { message } of all) app.doubles.twilio.proceed(message.sid, 'read');
    await wait(...all);
    expect(await check()).toBe(25);
    for (const one of all) expect((await rowOf(one)).deliveryStatus).toBe('read');
  });
});
