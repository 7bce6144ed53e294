import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutSession } from './factories/checkout-session.factory.js';
import { event } from './factories/event.factory.js';
import type { StripeDoubleOptions } from './stripe-double-options.js';
import { StripeDouble } from './stripe-double.js';

const SECRET = 'whsec_0123456789abcdef';

interface Received {
  readonly raw: Buffer;
  readonly signature: string;
}

describe('webhook delivery', () => {
  let double: StripeDouble;
  let receiver: Server;
  let received: Received[];
  let statuses: number[];
  const stripe = new Stripe('sk_test_1');

  const construct = ({ raw, signature }: Received, secret = SECRET): Stripe.Event =>
    stripe.webhooks.constructEvent(raw, signature, secret);

  const start = async (options: Partial<StripeDoubleOptions> = {}): Promise<void> => {
    double = await StripeDouble.start({
      secretKey: 'sk_test_1',
      webhookSecret: SECRET,
      webhookUrl: () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      deliver: 'manual',
      ...options,
    });
  };

  const openSession = async (): Promise<string> => {
    const client = new Stripe('sk_test_1', {
      host: '127.0.0.1',
      port: new URL(double.url).port,
      protocol: 'http',
      telemetry: false,
    });
    const price_data = { currency: 'eur', unit_amount: 5000, product_data: { name: 'Pneu' } };
    const { id } = await client.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://shop.example/ok',
      line_items: [{ quantity: 1, price_data }],
    });
    return id;
  };

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({
      raw: Buffer.concat(chunks),
      signature: String(request.headers['stripe-signature']),
    });
    response
      .writeHead(statuses.shift() ?? 200, { location: '/elsewhere' })
      .end('{"received":true}');
  };

  beforeEach(async () => {
    received = [];
    statuses = [];
    receiver = createServer((request, response) => void take(request, response));
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await double.stop();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  it('sends by itself what the SDK accepts as genuine', async () => {
    await start({ deliver: 'auto' });
    const id = await openSession();
    double.pay(id);
    await double.settled();
    const events = received.map((one) => construct(one));
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'charge.succeeded',
      'checkout.session.completed',
      'payment_intent.created',
      'payment_intent.succeeded',
    ]);
    expect(events.every((one) => one.api_version === Stripe.API_VERSION && !one.livemode)).toBe(
      true,
    );
    expect(double.events.every(({ delivered }) => delivered)).toBe(true);
  });

  it('tries again after a failure, with a new signature, until it is accepted', async () => {
    statuses = [500, 302, 200];
    await start({ deliver: 'auto', retryDelaysMs: [1_100, 10] });
    const id = await openSession();
    double.expire(id);
    await expect.poll(() => double.events[0]?.delivered, { timeout: 5_000 }).toBe(true);
    expect(double.events[0]?.attempts.map(({ status }) => status)).toEqual([500, 302, 200]);
    expect(new Set(received.map(({ signature }) => signature)).size).toBeGreaterThan(1);
    expect(new Set(received.map((one) => construct(one).id)).size).toBe(1);
  });

  it('gives up after its last pause and can be told by the events list', async () => {
    statuses = [500, 500, 500];
    await start({ deliver: 'auto', retryDelaysMs: [5, 5] });
    double.expire(await openSession());
    await expect.poll(() => double.events[0]?.attempts.length).toBe(3);
    const list = async (filter: string): Promise<unknown> =>
      (
        await fetch(`${double.url}/v1/events?${filter}`, {
          headers: { authorization: 'Bearer sk_test_1' },
        })
      ).json();
    const eventId = double.events[0]?.event.id;
    expect(await list('delivery_success=false')).toMatchObject({
      data: [{ id: eventId, pending_webhooks: 1 }],
    });
    expect(await list('delivery_success=true')).toMatchObject({ data: [] });
    expect(await list('type=checkout.session.expired')).toMatchObject({ data: [{ id: eventId }] });
    expect(await list('types[]=charge.*')).toMatchObject({ data: [] });
    expect(await list('created[gt]=4000000000')).toMatchObject({ data: [] });
  });

  it('sends nothing in manual mode until asked, then as often as asked', async () => {
    await start();
    const id = await openSession();
    double.pay(id);
    await double.settled();
    expect(received).toHaveLength(0);
    const [completed] = double.eventsOf('checkout.session.completed');
    const attempts = await double.deliver(completed?.id ?? '', { times: 3, concurrently: true });
    expect(attempts.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(received).toHaveLength(3);
    expect(await double.deliverPending()).toBe(3);
    expect(await double.deliverPending()).toBe(0);
  });

  it('forges, ages and doubly signs what a test asks for', async () => {
    await start();
    const made = event('checkout.session.completed', checkoutSession({ status: 'complete' }));
    await double.deliver(made, { secret: 'whsec_forged' });
    await double.deliver(made, { timestamp: Math.floor(Date.now() / 1000) - 301 });
    await double.deliver(made, { secret: ['whsec_old', SECRET] });
    const [forged, stale, rotated] = received;
    if (!forged || !stale || !rotated) throw new Error('three requests were expected');
    expect(() => construct(forged)).toThrow(/signature/);
    expect(() => construct(stale)).toThrow(/tolerance/);
    expect(construct(rotated).id).toBe(made.id);
    expect(construct(rotated, 'whsec_old').id).toBe(made.id);
  });

  it('counts a missing answer as a failed attempt', async () => {
    await start({ webhookUrl: 'http://127.0.0.1:1/hook' });
    double.expire(await openSession());
    const [attempt] = await double.deliver(double.events[0]?.event.id ?? '');
    expect(attempt).toMatchObject({ status: null });
    expect(double.events[0]).toMatchObject({ delivered: false, event: { pending_webhooks: 1 } });
  });

  it('resumes undelivered events after a restart', async () => {
    let file = 'null';
    const snapshot = {
      load: (): unknown => JSON.parse(file),
      save: (state: unknown): void => {
        file = JSON.stringify(state);
      },
    };
    statuses = [503];
    await start({ deliver: 'auto', snapshot, retryDelaysMs: [60_000] });
    double.expire(await openSession());
    await expect.poll(() => double.events[0]?.attempts.length).toBe(1);
    await double.stop();
    await start({ deliver: 'auto', snapshot });
    await expect.poll(() => double.events[0]?.delivered).toBe(true);
  });
});
