import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDue } from '../support/checkout.js';
import { orderBody, placeOrder, readOrder } from '../support/factories.js';
import { outboxRow } from '../support/outbox.js';
import { sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

describe('S29 a link that Stripe answers', () => {
  it.each([
    ['javascript:alert(document.domain)'],
    ['data:text/html,<script>alert(1)</script>'],
    ['file:///etc/passwd'],
    ['https://evil.example/c/pay/cs_test_1'],
    ['https://checkout.stripe.com.evil.example/c/pay/cs_test_1'],
    ['https://checkout.stripe.com@evil.example/c/pay/cs_test_1'],
    ['//evil.example/c/pay/cs_test_1'],
    ['not a link'],
    [''],
  ])('is neither stored nor shown, since it is no page of theirs: %s', async (url) => {
    const good = await placeOrder(app);
    const session = {
      ...app.doubles.stripe.session(good.stripeSessionId!),
      id: 'cs_test_evil',
      url,
    };
    app.doubles.stripe.faults.add({
      method: 'POST',
      path: /^\/v1\/checkout\/sessions$/,
      kind: 'status',
      status: 200,
      body: session,
    });
    const answer = await app
      .as('shop')
      .post('/api/orders')
      .send(await orderBody(app));
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ paymentUrl: null });
    const stored = await app.sql(`SELECT FROM checkout_sessions WHERE url = $1`, [url]);
    expect(stored).toEqual([]);
    const { id } = answer.body as { id: string };
    const page = await sendRaw(app, `/payment/cancel?order_id=${id}`);
    if (url !== '') expect(String(page.body)).not.toContain(url);
    // The real answer, when it comes, is taken.
    await makeDue(app, id);
    await app.tickCheckout();
    expect((await readOrder(app, id)).paymentUrl).toContain(app.doubles.stripe.url);
  });
});

describe('S29 words that a provider answers', () => {
  const SCRIPT = '<script>alert(1)</script>';

  it('stand on no page and in no answer', async () => {
    app.doubles.stripe.faults.add({
      method: 'POST',
      path: /^\/v1\/checkout\/sessions$/,
      kind: 'status',
      status: 400,
      body: { error: { type: 'invalid_request_error', message: SCRIPT, param: SCRIPT } },
    });
    const answer = await app
      .as('shop')
      .post('/api/orders')
      .send(await orderBody(app));
    expect(answer.text).not.toContain('script>');
    const { id } = answer.body as { id: string };
    const page = await sendRaw(app, `/payment/cancel?order_id=${id}`);
    expect(String(page.body)).not.toContain('script>');
  });

  it('are kept as a code only when a message is refused', async () => {
    const order = await placeOrder(app);
    app.doubles.twilio.faults.add({
      method: 'POST',
      path: /\/Messages\.json$/,
      kind: 'status',
      status: 400,
      body: { code: SCRIPT, message: `${SCRIPT} ${order.customer.phoneNumber}`, status: 400 },
    });
    await app.drain();
    const row = await outboxRow(app, order.id, 'order_confirmation');
    expect(JSON.stringify(row)).not.toContain('script>');
    expect(JSON.stringify(app.logs)).not.toContain('script>');
  });

  it('of a customer are text on a page of ours', async () => {
    const order = await placeOrder(app, { customer: { firstName: SCRIPT, lastName: SCRIPT } });
    for (const path of [
      `/payment/cancel?order_id=${order.id}`,
      `/payment/success?session_id=${order.stripeSessionId}`,
      `/payment/success?session_id=${encodeURIComponent(SCRIPT)}`,
    ]) {
      expect(String((await sendRaw(app, path)).body)).not.toContain(SCRIPT);
    }
  });
});
