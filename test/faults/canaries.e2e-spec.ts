import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  type AppProcess,
  type CompiledApplication,
  compileApplication,
  environmentBeside,
  spawnApplication,
} from '../support/app-process.js';
import { canariesIn } from '../support/canaries.js';
import { breakDatabase } from '../support/database-faults.js';
import { createProduct } from '../support/factories.js';
import { MESSAGES } from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { imagePathOf, pickupTokenOf } from '../support/pickup-codes.js';
import { bearer, sendBytes, sendRaw } from '../support/raw-http.js';
import { pathWithIds, routesOf } from '../support/routes.js';
import { aboutSession, postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { TestApp } from '../support/test-app.js';

const long = (what: string): string => `canary-${what}-${'q7'.repeat(16)}`;

const SECRETS = {
  STRIPE_SECRET_KEY: `sk_test_CanaryStripeKey${'q7'.repeat(8)}`,
  STRIPE_WEBHOOK_SECRET: `whsec_CanaryWebhook${'q7'.repeat(8)}`,
  TWILIO_AUTH_TOKEN: 'CanaryTwilioTokenq7q7q7q7q7',
  CRON_SECRET: long('cron'),
  API_KEYS_ADMIN: long('admin'),
  API_KEYS_SHOP: long('shop'),
  API_KEYS_COUNTER: long('counter'),
  SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/CanarySlackq7q7q7',
};
const DATABASE_PASSWORD = 'CanaryDatabaseq7q7';
const MAIL_PASSWORD = 'CanaryMailq7q7q7';
const CUSTOMER = {
  phoneNumber: '+590690555777',
  firstName: 'Canariprénom',
  lastName: 'Canarinom',
  email: 'canari.q7@oiseau.example',
};

/** What nobody may find, by what it is. */
const canaries = new Map<string, string>([
  ...Object.entries(SECRETS),
  ['password of the database', DATABASE_PASSWORD],
  ['password of the mail server', MAIL_PASSWORD],
  ['phone number', CUSTOMER.phoneNumber],
  ['phone number without its plus', CUSTOMER.phoneNumber.slice(1)],
  ['national number', '0690555777'],
  ['first name', CUSTOMER.firstName],
  ['last name', CUSTOMER.lastName],
  ['e-mail address', CUSTOMER.email],
]);

let compiled: CompiledApplication;
let app: TestApp;
let line: TcpProxy;
let one: AppProcess;
/** The process under test, for the helpers that ask an application. */
let at: TestApp;
/** Bodies and headers of every answer that was an error. */
const refusals: string[] = [];
let orderId = '';
let sku = '';

beforeAll(async () => {
  const env = {
    ...SECRETS,
    TWILIO_ACCOUNT_SID: `AC${'7'.repeat(32)}`,
    TWILIO_WHATSAPP_FROM: 'whatsapp:+14155238886',
  };
  [compiled, app] = await Promise.all([compileApplication(), TestApp.start({ env })]);
  line = await TcpProxy.to(inject('testServer').url);
  const database = new URL(line.through(app.config.database.url!));
  // A server named from outside may have a short one, which other text could hold by chance.
  if (database.password.length >= 8) canaries.set('password in use', database.password);
  const mail = new URL(app.config.mail.smtpUrl!);
  mail.username = 'shop';
  mail.password = MAIL_PASSWORD;
  sku = (await createProduct(app, { stock: 1_000 })).sku;
  one = await spawnApplication(compiled, {
    ...environmentBeside(app),
    DATABASE_URL: database.href,
    SMTP_URL: mail.href,
    SLACK_WEBHOOK_URL: SECRETS.SLACK_WEBHOOK_URL,
    PROCESS_ROLE: 'all',
    LOG_LEVEL: 'trace',
    TWILIO_LOG_LEVEL: 'debug',
    DEBUG: '*',
  });
  await one.ready();
  at = { url: one.url, config: app.config } as TestApp;
}, 180_000);
afterAll(async () => {
  await one.end('SIGKILL');
  await line.cut();
  await app.stop();
  await compiled.remove();
});

type Sent = Parameters<typeof sendRaw>[2];

async function ask(path: string, options: Sent = {}): Promise<{ status: number; body: unknown }> {
  const answer = await sendRaw(at, path, options);
  if (answer.status >= 400) refusals.push(JSON.stringify(answer));
  return answer;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const ORDER = () => ({ customer: CUSTOMER, items: [{ sku, quantity: 1 }] });
const place = (body: unknown = ORDER()) =>
  ask('/api/orders', {
    method: 'POST',
    headers: { ...bearer(app, 'shop'), ...JSON_TYPE },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Every route, without a key, with a wrong one and with the right one, and with somebody's data. */
async function everyRoute(): Promise<void> {
  const personal = JSON.stringify({ ...CUSTOMER, ...ORDER(), token: CUSTOMER.email });
  const query = `?q=${encodeURIComponent(CUSTOMER.phoneNumber)}&email=${CUSTOMER.email}&session_id=${CUSTOMER.email}`;
  for (const route of [...routesOf(app), { method: 'POST', path: '/api/nowhere' }]) {
    const path = pathWithIds(route);
    const { method } = route;
    for (const authorization of [
      '',
      `Bearer x${SECRETS.API_KEYS_ADMIN}`,
      `Bearer ${SECRETS.API_KEYS_SHOP}`,
      `Bearer ${SECRETS.API_KEYS_ADMIN}`,
    ]) {
      await ask(path, { method, headers: { authorization } });
      await ask(`${path}${query}`, {
        method,
        headers: { authorization, ...JSON_TYPE },
        body: personal,
      });
      await ask(path, {
        method,
        headers: { authorization, ...JSON_TYPE },
        body: personal.slice(0, -5),
      });
      await ask(path, {
        method,
        headers: {
          authorization,
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': CUSTOMER.email,
        },
        body: new URLSearchParams({ From: CUSTOMER.phoneNumber, Body: CUSTOMER.email }).toString(),
      });
    }
  }
  await ask(`/${CUSTOMER.email}`);
  await ask(`/api/%E0%A4%A${CUSTOMER.email}`);
  await ask(`/q/${CUSTOMER.email}.png`);
  refusals.push(
    await sendBytes(
      at,
      `GET /${CUSTOMER.email} HTTP/1.1\r\nHost: x\r\nX: ${CUSTOMER.email}\r\n folded\r\n\r\n`,
    ),
  );
  refusals.push(await sendBytes(at, `${SECRETS.API_KEYS_ADMIN}\r\n\r\n`));
}

/** An order through refusals of Stripe, of the database, of Twilio and of the mail server. */
async function everyFault(): Promise<void> {
  for (const table of ['customers', 'orders', 'notifications'] as const) {
    const fault = await breakDatabase(app, { table, on: 'INSERT', sqlState: 'P0001', times: 1 });
    await place();
    await fault.mend();
  }
  await place({ ...ORDER(), customer: { ...CUSTOMER, email: `${CUSTOMER.email},x` } });
  await place({ ...ORDER(), customer: { ...CUSTOMER, phoneNumber: `${CUSTOMER.phoneNumber}9` } });
  const { stripe, twilio, mail } = app.doubles;
  const create = { method: 'POST', path: /^\/v1\/checkout\/sessions$/, kind: 'status' } as const;
  const message = `No such customer ${CUSTOMER.email} with key ${SECRETS.STRIPE_SECRET_KEY}`;
  stripe.faults.add({
    ...create,
    status: 400,
    body: { error: { type: 'invalid_request_error', message } },
  });
  await place();
  const sending = { method: 'POST', path: MESSAGES, kind: 'status' } as const;
  const body = {
    code: 21_617,
    message: `'To' ${CUSTOMER.phoneNumber} of ${CUSTOMER.firstName}`,
    status: 400,
  };
  twilio.faults.add({ ...sending, status: 400, body });
  twilio.faults.add({ ...sending, status: 503, body: `<html>${CUSTOMER.phoneNumber}</html>` });
  twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'reset' });
  mail.faults.add({ stage: 'RCPT', kind: 'reply', code: 451, message: `${CUSTOMER.email} later` });
  mail.faults.add({
    stage: 'RCPT',
    kind: 'reply',
    code: 550,
    message: `${CUSTOMER.email} unknown`,
  });
  const placed = await place();
  expect(placed.status).toBe(201);
  const { id, stripeSessionId } = placed.body as { id: string; stripeSessionId: string };
  orderId = id;
  const completed = aboutSession(
    app,
    'checkout.session.completed',
    stripeSessionId,
    {},
    { livemode: true },
  );
  const personal = JSON.stringify({ ...CUSTOMER, ...completed });
  await postWebhook(at, personal, { signature: `t=1,v1=${CUSTOMER.email}` });
  await postWebhook(at, personal.slice(0, -9));
  await postWebhook(at, personal);
  stripe.pay(stripeSessionId);
  const paid = sessionEvent(app, 'checkout.session.completed', stripeSessionId);
  const fault = await breakDatabase(app, {
    table: 'payments',
    on: 'INSERT',
    sqlState: 'P0001',
    times: 1,
  });
  expect((await postWebhook(at, JSON.stringify(paid))).status).toBe(500);
  await fault.mend();
  expect((await postWebhook(at, JSON.stringify(paid))).status).toBe(200);
  await vi.waitUntil(
    () => twilio.messagesTo(`whatsapp:${CUSTOMER.phoneNumber}`).length > 1,
    PATIENTLY,
  );
  const [token, image] = [await pickupTokenOf(app, id), await imagePathOf(app, id)];
  canaries.set('pickup token', token).set('image token', image.slice('/q/'.length, -4));
  canaries.set('id of the Checkout Session', stripeSessionId);
  await ask(image);
  for (const role of ['shop', 'counter', 'counter'] as const) {
    await ask('/api/pickups', {
      method: 'POST',
      headers: { ...bearer(app, role), ...JSON_TYPE },
      body: JSON.stringify({ token }),
    });
  }
}

/** The same with the database gone. */
async function databaseAway(): Promise<void> {
  await line.cut();
  try {
    expect((await place()).status).toBe(503);
    await everyRoute();
    await postWebhook(at, JSON.stringify({ id: 'evt_1', object: 'event', ...CUSTOMER }));
  } finally {
    await line.mend();
  }
  await vi.waitUntil(async () => (await sendRaw(at, '/health/ready')).status === 200, PATIENTLY);
}

describe(
  'S18 a process that tells all it can, through everything that can go wrong',
  { timeout: 180_000 },
  () => {
    it('tells no secret and nobody’s data, in its log, on its console and in its refusals', async () => {
      await everyRoute();
      await everyFault();
      await databaseAway();
      expect(await one.end()).toEqual({ code: 0, signal: null });

      expect(one.logs().length).toBeGreaterThan(50);
      const told = [...new Set(one.logs().map(({ event }) => event))];
      expect(told).toEqual(
        expect.arrayContaining([
          'request_failed',
          'checkout_session.refused',
          'stripe_event.refused',
          'message.failed',
          'message.postponed',
        ]),
      );
      expect(JSON.stringify(one.logs())).toContain(orderId);
      expect(refusals.length).toBeGreaterThan(100);
      expect(canariesIn(one.stdout(), canaries)).toEqual([]);
      expect(canariesIn(one.stderr(), canaries)).toEqual([]);
      expect(canariesIn(refusals.join('\n'), canaries)).toEqual([]);
    });

    it('that cannot start keeps its secrets as well', async () => {
      const secrets = { ...environmentBeside(app), SLACK_WEBHOOK_URL: SECRETS.SLACK_WEBHOOK_URL };
      const failing = [
        { DATABASE_URL: `postgres://shop:${DATABASE_PASSWORD}@127.0.0.1:1/shop` },
        { SMTP_URL: `ftp://shop:${MAIL_PASSWORD}@127.0.0.1:1` },
        { CRON_SECRET: `${SECRETS.CRON_SECRET} `, API_KEYS_SHOP: `${SECRETS.API_KEYS_SHOP},` },
        { REMINDER_CRON: SECRETS.API_KEYS_ADMIN },
      ];
      for (const env of failing) {
        const process = await spawnApplication(compiled, { ...secrets, ...env });
        expect((await process.ended).code).toBe(1);
        expect(canariesIn(process.stdout() + process.stderr(), canaries)).toEqual([]);
      }
    });
  },
);
