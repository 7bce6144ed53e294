import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDue } from '../support/checkout.js';
import { breakDatabase } from '../support/database-faults.js';
import { createProduct, readOrder } from '../support/factories.js';
import { linesOf } from '../support/log-lines.js';
import { hurry, MESSAGES } from '../support/outbox.js';
import { imagePathOf, pickupTokenOf } from '../support/pickup-codes.js';
import { tickReminders } from '../support/reminders.js';
import { aboutSession, deliver, postWebhook, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const PHONE = '+590690987654';
const CUSTOMER = {
  phoneNumber: PHONE,
  firstName: 'Canariprénom',
  lastName: 'Canarinom',
  email: 'canari@oiseau.example',
};
const REFUSED_BY_TWILIO = {
  // About the message: a number that Twilio refuses for good would hear nothing more.
  code: 21_617,
  message: `The 'To' number whatsapp:${PHONE} is not a valid phone number.`,
  more_info: 'https://www.twilio.com/docs/errors/21617',
  status: 400,
};

/** One order through everything that can happen to it, good and bad; then its log is read. */
describe('S18 the log of a whole life', () => {
  let app: TestApp;
  /** What nobody may find in a log, by what it is. */
  const canaries = new Map<string, string>();
  let orderNumber = '';
  let orderId = '';

  beforeAll(async () => {
    app = await TestApp.start();
    const { stripe, twilio, access } = app.config;
    const secrets = {
      'Stripe key': stripe.secretKey,
      'webhook secret': stripe.webhookSecrets[0]!,
      'Twilio token': twilio.authToken,
      'admin key': access.adminKeys[0]!,
      'shop key': access.shopKeys[0]!,
      'counter key': access.counterKeys[0]!,
      'cron secret': access.cronSecret,
      'phone number': PHONE,
      'phone number without its plus': PHONE.slice(1),
      'national number': '0690987654',
      'national number in pairs': '0690 98 76 54',
      'first name': CUSTOMER.firstName,
      'last name': CUSTOMER.lastName,
      'e-mail address': CUSTOMER.email,
      'local part of the e-mail address': 'canari@',
    };
    for (const [what, value] of Object.entries(secrets)) canaries.set(what, value);
    await wholeLife();
  });
  afterAll(() => app.stop());

  async function wholeLife(): Promise<void> {
    const { sku } = await createProduct(app);
    const body = { customer: CUSTOMER, items: [{ sku, quantity: 2 }] };
    const place = () => app.as('shop').post('/api/orders').send(body);

    // Requests that are refused, with everything personal in them.
    await app.http.post('/api/orders').send(body).expect(401);
    await app.http.post('/api/orders').set('authorization', `Bearer ${CUSTOMER.email}`).expect(401);
    await app
      .as('shop')
      .post('/api/orders')
      .send({ ...body, ...CUSTOMER })
      .expect(400);
    const json = { 'content-type': 'application/json' };
    await app.as('shop').post('/api/orders').set(json).send(`{"p":"${PHONE}`).expect(400);
    await app
      .as('admin')
      .get(`/api/orders?q=${encodeURIComponent(PHONE)}`)
      .expect(200);
    await app.http.get(`/api/${CUSTOMER.email}`).expect(404);

    // The database refuses while it holds the customer in its hands.
    for (const table of ['customers', 'notifications'] as const) {
      const fault = await breakDatabase(app, { table, on: 'INSERT', sqlState: 'P0001', times: 1 });
      await place().expect(500);
      await fault.mend();
    }

    // The link comes late, after errors of Stripe.
    const order = await placedWhileStripeIsAway(place);
    const { id, sessionId } = order;
    orderId = id;

    // Twilio and the mail server refuse, then take.
    app.doubles.twilio.faults.add({
      method: 'POST',
      path: MESSAGES,
      kind: 'status',
      status: 503,
      body: REFUSED_BY_TWILIO,
    });
    app.doubles.mail.faults.add({
      stage: 'RCPT',
      kind: 'reply',
      code: 451,
      message: `${CUSTOMER.email} try later`,
    });
    await app.drain();
    await hurry(app, id);
    await app.drain();
    await app.age(id, 90);
    expect(await tickReminders(app)).toBe(1);
    app.doubles.twilio.faults.add({
      method: 'POST',
      path: MESSAGES,
      kind: 'status',
      status: 400,
      body: REFUSED_BY_TWILIO,
    });
    await app.drain();
    await app.sql(`UPDATE orders SET reminder_sent = false WHERE id = $1`, [id]);
    await app.sql(`UPDATE notifications SET slot = 'old' WHERE kind = 'payment_reminder'`);
    await app.sql(`DELETE FROM reminder_steps`);
    expect(await tickReminders(app)).toBe(1);
    await app.drain();

    // Webhooks that are forged, broken, foreign, refused by the database, and good at last.
    app.doubles.stripe.pay(sessionId, '4000000000000002');
    app.doubles.stripe.pay(sessionId);
    const completed = sessionEvent(app, 'checkout.session.completed', sessionId);
    const personal = JSON.stringify({ ...CUSTOMER, ...completed });
    await postWebhook(app, personal, { signature: `t=1,v1=${CUSTOMER.email}` });
    await postWebhook(app, personal.slice(0, -9));
    await deliver(
      app,
      aboutSession(app, 'checkout.session.completed', sessionId, {}, { livemode: true }),
    );
    const fault = await breakDatabase(app, {
      table: 'payments',
      on: 'INSERT',
      sqlState: 'P0001',
      times: 1,
    });
    await app.doubles.stripe.deliverPending();
    await fault.mend();
    await app.doubles.stripe.deliverPending();
    expect((await readOrder(app, id)).paymentStatus).toBe('paid');
    await app.drain();

    // The counter and the pages, with good tokens and bad ones.
    const [token, image] = [await pickupTokenOf(app, id), await imagePathOf(app, id)];
    canaries.set('pickup token', token).set('image token', image.slice('/q/'.length, -4));
    await app.http.get(image).expect(200);
    await app.http.get(`${image.slice(0, -6)}xx.png`).expect(404);
    await app.http.get(`/payment/success?session_id=${sessionId}`).expect(200);
    await app
      .as('counter')
      .post('/api/pickups')
      .send({ token: `${token}x` })
      .expect(404);
    await app.as('shop').post('/api/pickups').send({ token }).expect(403);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
    await app.as('counter').post('/api/pickups').send({ token }).expect(409);
    app.doubles.stripe.refund(app.doubles.stripe.paymentIntentOf(sessionId).id);
    await app.doubles.stripe.deliverPending();

    // Twilio tells what became of its messages, and somebody pretends to be Twilio.
    for (const { sid } of app.doubles.twilio.messages) {
      await app.doubles.twilio.advance(sid, 'delivered');
      await app.doubles.twilio.callback(sid, 'failed', { authToken: 'forged' });
    }
  }

  async function placedWhileStripeIsAway(
    place: () => PromiseLike<{ status: number; body: { id: string; orderNumber: string } }>,
  ) {
    const create = { method: 'POST', path: /^\/v1\/checkout\/sessions$/ } as const;
    app.doubles.stripe.faults.add({
      ...create,
      kind: 'status',
      status: 400,
      body: { error: { type: 'invalid_request_error', message: `Bad ${PHONE}` } },
    });
    const { status, body } = await place();
    expect(status).toBe(202);
    await makeDue(app, body.id);
    await app.tickCheckout();
    const { paymentUrl, stripeSessionId } = await readOrder(app, body.id);
    canaries.set('payment link', paymentUrl!);
    canaries.set('id of the Checkout Session', stripeSessionId!);
    orderNumber = body.orderNumber;
    return { id: body.id, sessionId: stripeSessionId! };
  }

  it('holds no secret and nothing personal', () => {
    expect([...canaries.values()].every((value) => value.length >= 7)).toBe(true);
    const lines = app.logs.map((line) => JSON.stringify(line));
    expect(lines.length).toBeGreaterThan(40);
    const found = [...canaries].flatMap(([what, value]) =>
      lines.filter((line) => line.includes(value)).map((line) => `${what}: ${line}`),
    );
    expect(found).toEqual([]);
  });

  it('tells of each failure that it went through', () => {
    expect(linesOf(app, 'checkout_session.refused')).not.toEqual([]);
    expect(linesOf(app, 'message.postponed')).not.toEqual([]);
    expect(linesOf(app, 'message.failed')).not.toEqual([]);
    expect(linesOf(app, 'stripe_event.refused').map(({ reason }) => reason)).toEqual([
      'mismatch',
      'malformed',
    ]);
    expect(linesOf(app, 'request_failed').map(({ route }) => route)).toEqual([
      '/api/orders',
      '/api/orders',
      '/api/webhook/stripe',
    ]);
  });

  it('speaks the words that the shop has always looked for', () => {
    const said = app.logs.map(({ msg }) => String(msg));
    expect(said).toContain(`Checkout session completed for order ${orderNumber}`);
    expect(said).toContain('Thank you message sent to +590 ••• 54');
    expect(said).toContain('Running payment reminders cron job...');
    expect(said).toContain('Found 1 orders needing reminders');
    expect(said).toContain(`Reminder sent for order ${orderNumber}`);
  });

  it('is made of lines that a program can follow: level, time, event, message, the order’s id', () => {
    for (const line of app.logs) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        event: expect.stringMatching(/^[a-z_.]+$/),
        msg: expect.stringMatching(/\S/),
      });
    }
    const [confirmed] = linesOf(app, 'payment.confirmed');
    expect(confirmed).toMatchObject({ level: 'info', orderId });
    const received = linesOf(app, 'stripe_event.received');
    expect(received).toContainEqual(
      expect.objectContaining({
        type: 'checkout.session.completed',
        stripeEventId: expect.stringMatching(/^evt_/),
        outcome: expect.stringMatching(/^(applied|ignored|duplicate)$/),
        orderId,
      }),
    );
  });
});
