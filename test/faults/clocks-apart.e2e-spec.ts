import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signatureHeader } from '../../src/sandbox/stripe-double/webhook-delivery.js';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import {
  type AppProcess,
  type CompiledApplication,
  compileApplication,
  environmentBeside,
  spawnApplication,
} from '../support/app-process.js';
import { orderBody, placeOrder, readOrder } from '../support/factories.js';
import { factsOf } from '../support/order-facts.js';
import { titlesTo, TITLE } from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { clockAhead } from '../support/shifted-clock.js';
import { postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const TEN_MINUTES = 600;

let compiled: CompiledApplication;
/** On the right time, as PostgreSQL, Stripe and Twilio are. */
let app: TestApp;
let ahead: AppProcess;
let behind: AppProcess;

beforeAll(async () => {
  [compiled, app] = await Promise.all([compileApplication(), TestApp.start()]);
  const spawn = (seconds: number) =>
    spawnApplication(compiled, {
      ...environmentBeside(app),
      ...clockAhead(seconds),
      PROCESS_ROLE: 'all',
    });
  [ahead, behind] = await Promise.all([spawn(TEN_MINUTES), spawn(-TEN_MINUTES)]);
  await Promise.all([ahead.ready(), behind.ready()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([ahead.end('SIGKILL'), behind.end('SIGKILL')]);
  await app.stop();
  await compiled.remove();
});

const both = () => [ahead, behind];

const shopAt = (one: AppProcess) =>
  supertest.agent(one.url).set('authorization', `Bearer ${app.config.access.shopKeys[0]}`);

const tick = async (one: AppProcess): Promise<number> => {
  const { body } = await supertest(one.url)
    .get('/api/cron/payment-reminders')
    .set('authorization', `Bearer ${app.config.access.cronSecret}`)
    .expect(200);
  return body.processed;
};

const link = async (one: AppProcess, id: string): Promise<string | null> =>
  (await shopAt(one).post(`/api/orders/${id}/checkout-session`).expect(200)).body.paymentUrl;

const untilTitles = (order: OrderResponse, titles: readonly string[]) =>
  vi.waitFor(() => expect(titlesTo(app, order)).toEqual(titles), PATIENTLY);

describe(
  'C4 two instances whose clocks are ten minutes ahead and behind',
  { timeout: 60_000 },
  () => {
    it('really are', async () => {
      for (const [one, seconds] of [
        [ahead, TEN_MINUTES],
        [behind, -TEN_MINUTES],
      ] as const) {
        const times = one.logs().map(({ time }) => Date.parse(String(time)));
        expect(Math.abs(times.at(-1)! - Date.now() - seconds * 1_000)).toBeLessThan(60_000);
      }
    });

    it('make links that live as long as any, by the database’s clock', async () => {
      for (const one of both()) {
        const placed = await shopAt(one)
          .post('/api/orders')
          .send(await orderBody(app))
          .expect(201);
        const session = app.doubles.stripe.session(placed.body.stripeSessionId);
        const life = session.expires_at - Date.now() / 1_000;
        expect(Math.abs(life - app.config.stripe.checkoutTtlMinutes * 60)).toBeLessThan(60);
      }
    });

    it('hold a link for dead neither early nor late', async () => {
      const order = await placeOrder(app);
      await app.age(order.id, app.config.stripe.checkoutTtlMinutes - 5);
      for (const one of both()) expect(await link(one, order.id)).toBe(order.paymentUrl);
      await app.age(order.id, 6);
      const renewed = await link(behind, order.id);
      expect(renewed).not.toBe(order.paymentUrl);
      expect(await link(ahead, order.id)).toBe(renewed);
    });

    it('remind at one hour, together once, and send each message once', async () => {
      // Whatever the tests before have left.
      await tick(ahead);
      const order = await placeOrder(app);
      await untilTitles(order, [TITLE.confirmation]);
      await app.age(order.id, 59);
      for (const one of both()) expect(await tick(one)).toBe(0);
      await app.age(order.id, 2);
      const ticks = await Promise.all([...both(), ...both(), ...both()].map(tick));
      expect(ticks.reduce((sum, processed) => sum + processed, 0)).toBe(1);
      await untilTitles(order, [TITLE.confirmation, TITLE.reminder]);
      await app.drain();
      expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.reminder]);
      expect((await readOrder(app, order.id)).status).toBe('pending');
    });

    it('refuse Stripe’s calls as too old or too new and say that the clock is wrong; the third takes them', async () => {
      const order = await placeOrder(app);
      app.doubles.stripe.pay(order.stripeSessionId!);
      const text = JSON.stringify(
        sessionEvent(app, 'checkout.session.completed', order.stripeSessionId!),
      );
      const signature = signatureHeader(text, app.config.stripe.webhookSecrets[0]!);
      for (const one of both()) {
        const answer = await fetch(`${one.url}/api/webhook/stripe`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'stripe-signature': signature },
          body: text,
        });
        expect(answer.status).toBe(400);
        await vi.waitFor(() => {
          const lines = one.logs().filter(({ event }) => event === 'stripe_event.refused');
          expect(lines).toMatchObject([{ level: 'error', reason: 'timestamp' }]);
        }, PATIENTLY);
      }
      expect((await factsOf(app, order.id)).state).toBe('pending/pending');
      expect((await postWebhook(app, text, { signature })).status).toBe(200);
      expect((await factsOf(app, order.id)).state).toBe('confirmed/paid');
    });
  },
);
