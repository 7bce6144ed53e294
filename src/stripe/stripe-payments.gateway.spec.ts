import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppConfig } from '../config/app-config.js';
import { StripeDouble } from '../sandbox/stripe-double/stripe-double.js';
import { StripeCalls } from './stripe-calls.js';
import { StripeCheckoutGateway } from './stripe-checkout.gateway.js';
import { StripePaymentsGateway } from './stripe-payments.gateway.js';

const SECRET_KEY = 'sk_test_payments00000000000000000';
const seconds = (): number => Math.floor(Date.now() / 1_000);

describe('StripePaymentsGateway through the real SDK', () => {
  let stripe: StripeDouble;
  let gateway: StripePaymentsGateway;
  let checkout: StripeCheckoutGateway;

  beforeEach(async () => {
    stripe = await StripeDouble.start({
      secretKey: SECRET_KEY,
      webhookSecret: 'whsec_unused',
      deliver: 'manual',
    });
    const config = { stripe: { secretKey: SECRET_KEY, apiBaseUrl: stripe.url } } as AppConfig;
    const calls = new StripeCalls(config);
    gateway = new StripePaymentsGateway(config, calls);
    checkout = new StripeCheckoutGateway(config, calls);
  });
  afterEach(() => stripe.stop());

  let keys = 0;
  const open = async (orderId: string, expiresAt = seconds() + 3_600): Promise<string> => {
    const session = await checkout.createSession(
      {
        mode: 'payment',
        client_reference_id: orderId,
        line_items: [
          {
            quantity: 2,
            price_data: {
              currency: 'eur',
              unit_amount: 12_995,
              product_data: { name: 'Primacy 4' },
            },
          },
        ],
        success_url: 'https://shop.example/ok',
        expires_at: expiresAt,
      },
      `cs:${(keys += 1)}`,
    );
    return session.id;
  };
  const paid = async (): Promise<string> => {
    const id = await open('order');
    stripe.pay(id);
    return stripe.paymentIntentOf(id).id;
  };

  it.each(['open', 'complete', 'expired'] as const)(
    'reads a session that is %s, with its payment',
    async (status) => {
      const id = await open('order');
      if (status === 'complete') stripe.pay(id);
      if (status === 'expired') stripe.expire(id);
      const intent = status === 'complete' ? { status: 'succeeded' } : null;
      expect(await gateway.readSession(id)).toMatchObject({
        id,
        status,
        amount_total: 25_990,
        payment_intent: intent,
      });
    },
  );

  it('does not take another session for the one that was asked for', async () => {
    const [id, other] = [await open('order'), await open('other')];
    const body = { ...stripe.session(other) };
    stripe.faults.add({ method: 'GET', kind: 'status', status: 200, body });
    await expect(gateway.readSession(id)).rejects.toMatchObject({ reason: 'unexpected_answer' });
  });

  describe('looking for a session', () => {
    const span = () => ({
      createdFrom: new Date(Date.now() - 60_000),
      createdTo: new Date(Date.now() + 60_000),
    });

    it('finds it by order and expiry among many, page after page', async () => {
      const expiresAt = seconds() + 4_000;
      const wanted = await open('order', expiresAt);
      await open('order', expiresAt + 1);
      for (let made = 0; made < 120; made += 1) await open(`other-${made}`, expiresAt);
      expect(
        await gateway.findOpenSession({ orderId: 'order', expiresAt, ...span() }),
      ).toMatchObject({
        id: wanted,
        status: 'open',
      });
    });

    it('answers null only when it has seen all that were made in the span', async () => {
      await open('order', seconds() + 4_000);
      const expiresAt = seconds() + 4_001;
      expect(await gateway.findOpenSession({ orderId: 'order', expiresAt, ...span() })).toBeNull();
      expect(
        await gateway.findOpenSession({
          orderId: 'order',
          expiresAt: expiresAt - 1,
          createdFrom: new Date(Date.now() - 120_000),
          createdTo: new Date(Date.now() - 60_000),
        }),
      ).toBeNull();
      const body = { object: 'list', has_more: false };
      stripe.faults.add({ method: 'GET', kind: 'status', status: 200, body });
      await expect(
        gateway.findOpenSession({ orderId: 'order', expiresAt, ...span() }),
      ).rejects.toMatchObject({ reason: 'unexpected_answer' });
    });
  });

  it('lists events of the wanted kinds, newest first, undelivered ones if asked', async () => {
    await paid();
    const query = {
      types: ['checkout.session.completed', 'payment_intent.succeeded'] as const,
      createdFrom: seconds() - 60,
      createdTo: seconds() + 60,
      startingAfter: null,
      undeliveredOnly: false,
    };
    const all = stripe.events
      .map(({ event }) => event)
      .filter(({ type }) => query.types.some((wanted) => wanted === type))
      .map(({ id }) => id)
      .toReversed();
    const page = await gateway.listEvents(query);
    expect(page.events.map(({ id }) => id)).toEqual(all);
    expect(page.hasMore).toBe(false);
    const rest = await gateway.listEvents({ ...query, startingAfter: all[0]! });
    expect(rest.events.map(({ id }) => id)).toEqual(all.slice(1));
    const undelivered = await gateway.listEvents({ ...query, undeliveredOnly: true });
    expect(undelivered.events).toHaveLength(all.length);
    expect(await gateway.listEvents({ ...query, createdTo: seconds() - 30 })).toMatchObject({
      events: [],
    });
  });

  it('gives money back once for one key, and tells what went back in all', async () => {
    const paymentIntentId = await paid();
    const request = { paymentIntentId, amount: 5_000, metadata: { orderId: 'order' } };
    const first = await gateway.createRefund(request, 'refund:1');
    expect(first).toEqual({
      id: expect.stringMatching(/^re_/),
      status: 'succeeded',
      amount: 5_000,
      currency: 'eur',
      paidAmount: 25_990,
      refundedAmount: 5_000,
    });
    expect(await gateway.createRefund(request, 'refund:1')).toEqual(first);
    expect(await gateway.createRefund({ ...request, amount: 20_990 }, 'refund:2')).toMatchObject({
      refundedAmount: 25_990,
    });
    await expect(gateway.createRefund(request, 'refund:3')).rejects.toMatchObject({
      refused: true,
    });
  });
});
