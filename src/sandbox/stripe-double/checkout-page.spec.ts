import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StripeDouble, type StripeDoubleOptions } from './stripe-double.js';

describe('the hosted checkout page', () => {
  let double: StripeDouble;
  let session: Stripe.Checkout.Session;
  let receiver: Server | undefined;

  const start = async (
    options: Partial<StripeDoubleOptions> = {},
    changes: Record<string, string> = {},
  ): Promise<void> => {
    double = await StripeDouble.start({
      secretKey: 'sk_test_1',
      webhookSecret: 'whsec_1',
      deliver: 'manual',
      appName: 'Garage <b>Connect</b>',
      ...options,
    });
    const answer = await fetch(`${double.url}/v1/checkout/sessions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_1' },
      body: new URLSearchParams({
        mode: 'payment',
        success_url: 'https://shop.example/ok?session_id={CHECKOUT_SESSION_ID}',
        cancel_url: 'https://shop.example/back?order_id=1&x=2',
        'line_items[0][quantity]': '2',
        'line_items[0][price_data][currency]': 'eur',
        'line_items[0][price_data][unit_amount]': '12995',
        'line_items[0][price_data][product_data][name]': 'Pneu <script>alert(1)</script>',
        ...changes,
      }),
    });
    session = (await answer.json()) as Stripe.Checkout.Session;
  };

  const visit = async (
    path = '',
  ): Promise<{ status: number; text: string; location: string | null }> => {
    const answer = await fetch(`${double.url}/c/pay/${session.id}${path}`, { redirect: 'manual' });
    return {
      status: answer.status,
      text: await answer.text(),
      location: answer.headers.get('location'),
    };
  };

  const submit = async (
    fields: Record<string, string>,
    path = '',
  ): Promise<{ status: number; text: string; location: string | null }> => {
    const answer = await fetch(`${double.url}/c/pay/${session.id}${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
    return {
      status: answer.status,
      text: await answer.text(),
      location: answer.headers.get('location'),
    };
  };

  const success = (): string => `https://shop.example/ok?session_id=${session.id}`;

  beforeEach(() => {
    receiver = undefined;
  });

  afterEach(async () => {
    await double.stop();
    receiver?.closeAllConnections();
    receiver?.close();
  });

  it('shows items, total, test mode and the way back, with nothing from elsewhere', async () => {
    await start();
    const { status, text } = await visit();
    expect(status).toBe(200);
    expect(text).toContain('MODE TEST');
    expect(text).toContain('259,90 €');
    expect(text).toContain('2 × 129,95 €');
    expect(text).toContain('Pneu &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain('Garage &lt;b&gt;Connect&lt;/b&gt;');
    expect(text).toContain('href="https://shop.example/back?order_id=1&amp;x=2"');
    expect(text).toContain('id="card-number"');
    expect(text).toContain('value="4242 4242 4242 4242"');
    expect(text).toContain('id="pay"');
    expect(text).not.toMatch(/<script>alert|<b>Connect|src="http|@import|url\(/);
  });

  it('takes the payment and goes to success_url with the session id', async () => {
    await start();
    const { status, location } = await submit({ number: '4242 4242 4242 4242' });
    expect([status, location]).toEqual([303, success()]);
    const again = await visit();
    expect(again.status).toBe(200);
    expect(again.text).toContain('Ce paiement est déjà fait');
    expect((await submit({ number: '4242424242424242' })).text).toContain('déjà fait');
    expect(double.eventsOf('checkout.session.completed')).toHaveLength(1);
  });

  it('stays on the page and says in French why a card was refused', async () => {
    await start();
    const { status, text } = await submit({ number: '4000 0000 0000 9995' });
    expect(status).toBe(200);
    expect(text).toContain('Le solde de votre carte est insuffisant.');
    expect(text).toContain('value="4000 0000 0000 9995"');
    expect(double.session(session.id).status).toBe('open');
    const nonsense = await submit({ number: '1234' });
    expect(nonsense.text).toContain('n’est pas une carte de test');
    expect(double.eventsOf('payment_intent.payment_failed')).toHaveLength(1);
  });

  it('leads through the bank’s page: refuse, then approve', async () => {
    await start();
    expect((await visit('/challenge')).location).toBe(`/c/pay/${session.id}`);
    const toBank = await submit({ number: '4000002760003184' });
    expect(toBank.location).toBe(`/c/pay/${session.id}/challenge`);
    const bank = await visit('/challenge');
    expect(bank.text).toContain('id="approve"');
    expect(bank.text).toContain('id="refuse"');
    expect(bank.text).toContain('3184');
    const back = await submit({ decision: 'refuse' }, '/challenge');
    expect(back.location).toBe(`/c/pay/${session.id}?refused`);
    expect((await visit('?refused')).text).toContain(
      'authentification auprès de votre banque a échoué',
    );
    await submit({ number: '4000002760003184' });
    expect((await submit({ decision: 'approve' }, '/challenge')).location).toBe(success());
  });

  it('offers other methods only where the session allows them', async () => {
    await start(
      {},
      { 'allowed_payment_method_types[0]': 'card', 'allowed_payment_method_types[1]': 'alma' },
    );
    const { text } = await visit();
    expect(text).toContain('id="pay-alma"');
    expect(text).not.toContain('id="pay-sepa"');
    expect((await submit({ method: 'alma' })).location).toBe(success());
  });

  it('does not claim to have the money of a direct debit under way', async () => {
    await start({}, { 'allowed_payment_method_types[0]': 'sepa_debit' });
    expect((await submit({ method: 'sepa' })).location).toBe(success());
    expect((await visit()).text).toContain('prélèvement de 259,90 € est en cours');
    double.settleDelayed(session.id, 'succeeded');
    expect((await visit()).text).toContain('a bien reçu votre règlement de 259,90 €');
  });

  it('says so when the link has expired or never existed', async () => {
    await start();
    double.expire(session.id);
    const { status, text } = await visit();
    expect(status).toBe(200);
    expect(text).toContain('a expiré');
    expect((await fetch(`${double.url}/c/pay/cs_test_none`)).status).toBe(404);
  });

  it('holds the customer until the webhook has accepted the completed event', async () => {
    let answerNow = (): void => undefined;
    const hold = new Promise<void>((resolve) => (answerNow = resolve));
    receiver = createServer((_request, response) => {
      void hold.then(() => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => receiver?.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    await start({ deliver: 'auto', webhookUrl: `http://127.0.0.1:${port}/hook` });
    let arrived = false;
    const paying = submit({ number: '4242424242424242' }).then((answer) => {
      arrived = true;
      return answer;
    });
    await expect.poll(() => double.session(session.id).status).toBe('complete');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(arrived).toBe(false);
    answerNow();
    expect((await paying).location).toBe(success());
  });

  it('tells nobody of a payment whose webhook is lost, and lists its events as undelivered', async () => {
    let calls = 0;
    receiver = createServer((_request, response) => {
      calls += 1;
      response.writeHead(200).end();
    });
    await new Promise<void>((resolve) => receiver?.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    await start({ deliver: 'auto', webhookUrl: `http://127.0.0.1:${port}/hook` });
    expect((await visit()).text).toContain('name="lost"');
    const answer = await submit({ number: '4242424242424242', lost: 'on' });
    expect(answer.location).toBe(success());
    expect(double.session(session.id).payment_status).toBe('paid');
    double.refund(double.paymentIntentOf(session.id).id);
    await expect.poll(() => calls).toBeGreaterThan(0);
    await double.settled();
    const told = double.events.filter(({ delivered }) => delivered).map(({ event }) => event.type);
    expect(told.toSorted()).toEqual(['charge.refunded', 'refund.created']);
  });
});
