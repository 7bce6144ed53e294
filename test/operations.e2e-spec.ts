import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { placeOrder } from './support/factories.js';
import { MESSAGES } from './support/outbox.js';
import { PATIENTLY } from './support/patience.js';
import { collectableOrder, refundOrder } from './support/pickup.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let line: TcpProxy;

beforeAll(async () => {
  const { url } = inject('testServer');
  line = await TcpProxy.to(url);
  app = await TestApp.start({
    config: (config) => ({
      ...config,
      database: { ...config.database, url: line.through(config.database.url!) },
    }),
  });
});
afterAll(async () => {
  await app.stop();
  await line.cut();
});

/** One sample a line: `name{labels}` to its value. */
async function scrape(): Promise<Map<string, number>> {
  const { text, headers } = await app.http.get('/metrics').expect(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const samples = text.split('\n').filter((sample) => /^[^#]/.test(sample));
  return new Map(
    samples.map((sample): [string, number] => {
      const end = sample.lastIndexOf(' ');
      return [sample.slice(0, end), Number(sample.slice(end + 1))];
    }),
  );
}

describe('the health routes', () => {
  it('say that the process lives and can work', async () => {
    const live = await app.http.get('/health/live').expect(200);
    expect(live.body).toEqual({ status: 'ok' });
    const ready = await app.http.get('/health/ready').expect(200);
    expect(ready.body).toMatchObject({ status: 'ok', details: { database: { status: 'up' } } });
  });

  it('tell a missing database from a dead process, and notice that it is back', async () => {
    await line.cut();
    try {
      const { body, headers, text } = await app.http.get('/health/ready').expect(503);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({ status: 503, title: 'Service Unavailable' });
      expect(text).not.toMatch(/postgres|garageconnect_test|ECONN|terminat|127\.0\.0\.1/i);
      await app.http.get('/health/live').expect(200);
    } finally {
      await line.mend();
    }
    await vi.waitFor(() => app.http.get('/health/ready').expect(200), PATIENTLY);
    await placeOrder(app);
  });

  it('answer the rest with 503 meanwhile, not with a hanging request or a stack', async () => {
    await line.cut();
    try {
      const startedAt = Date.now();
      const { body, headers } = await app.as('admin').get('/api/orders').expect(503);
      expect(body).toMatchObject({ status: 503, code: 'service_unavailable' });
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      await app.http.get('/metrics').expect(503);
      expect(await app.drain()).toBe(0);
      expect(Date.now() - startedAt).toBeLessThan(5_000);
    } finally {
      await line.mend();
    }
    await vi.waitFor(() => app.http.get('/health/ready').expect(200), PATIENTLY);
  });
});

describe('GET /metrics', () => {
  it('counts orders by their state', async () => {
    const before = await scrape();
    await placeOrder(app);
    const { order, token } = await collectableOrder(app);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
    await refundOrder(app, order);
    const after = await scrape();

    const grown = (status: string, payment: string): number => {
      const name = `garageconnect_orders{status="${status}",payment_status="${payment}"}`;
      return (after.get(name) ?? 0) - (before.get(name) ?? 0);
    };
    expect(grown('pending', 'pending')).toBe(1);
    expect(grown('picked_up', 'refunded')).toBe(1);
    expect(grown('picked_up', 'paid')).toBe(0);
  });

  it('tells how many messages wait, and for how long', async () => {
    await app.drain();
    const idle = await scrape();
    expect(idle.get('garageconnect_outbox_depth{channel="whatsapp"}') ?? 0).toBe(0);
    expect(idle.get('garageconnect_outbox_oldest_seconds')).toBe(0);

    const order = await placeOrder(app, { customer: { email: 'aline@example.com' } });
    await app.sql(
      `UPDATE notifications SET available_at = now() - interval '90 seconds' WHERE order_id = $1`,
      [order.id],
    );
    const busy = await scrape();
    expect(busy.get('garageconnect_outbox_depth{channel="whatsapp"}')).toBe(1);
    expect(busy.get('garageconnect_outbox_depth{channel="email"}')).toBe(1);
    expect(busy.get('garageconnect_outbox_oldest_seconds')).toBeGreaterThanOrEqual(90);
    expect(busy.get('garageconnect_outbox_oldest_seconds')).toBeLessThan(100);
    await app.drain();
    expect((await scrape()).get('garageconnect_outbox_oldest_seconds')).toBe(0);
  });

  it('counts and times the calls to each provider by how they ended', async () => {
    const calls = (of: Map<string, number>, provider: string, operation: string, result: string) =>
      of.get(
        `garageconnect_provider_calls_total{provider="${provider}",operation="${operation}",result="${result}"}`,
      ) ?? 0;
    const before = await scrape();
    app.doubles.twilio.faults.add({ method: 'POST', path: MESSAGES, kind: 'status', status: 429 });
    await placeOrder(app, { customer: { email: 'aline@example.com' } });
    await app.drain();
    await placeOrder(app);
    await app.drain();
    const after = await scrape();

    const grown = (...call: [string, string, string]): number =>
      calls(after, ...call) - calls(before, ...call);
    expect(grown('twilio', 'messages.create', 'try_later')).toBe(1);
    expect(grown('twilio', 'messages.create', 'accepted')).toBe(1);
    expect(grown('smtp', 'send', 'accepted')).toBe(1);
    const stripe = [...after.keys()].filter((name) =>
      name.startsWith('garageconnect_provider_calls_total{provider="stripe"'),
    );
    expect(stripe.length).toBeGreaterThan(0);
    expect(
      after.has(
        'garageconnect_provider_call_seconds_count{provider="twilio",operation="messages.create"}',
      ),
    ).toBe(true);
  });

  it('times requests by the pattern of their route, without an id, a token or an address in it', async () => {
    const { order, token, imageUrl } = await collectableOrder(app);
    await app.as('shop').get(`/api/orders/${order.id}`).expect(200);
    await app.http.get(new URL(imageUrl).pathname).expect(200);
    await app.as('counter').post('/api/pickups').send({ token }).expect(200);
    await app.http.get('/no/such/place-4711?secret=4711').expect(404);
    await app.http.get('/payment/success?session_id=cs_test_4711');
    const { text } = await app.http.get('/metrics').expect(200);

    expect(text).toContain('route="/api/orders/:id"');
    expect(text).toContain('route="/q/:file"');
    expect(text).toMatch(
      /garageconnect_http_request_seconds_count\{[^}]*route="unknown",status="404"\}/,
    );
    const secrets = [order.id, order.orderNumber, token, imageUrl.split('/').at(-1)!, '4711'];
    for (const secret of [...secrets, order.customer.phoneNumber]) {
      expect(text).not.toContain(secret);
    }
  });

  it('shows the state of the process itself', async () => {
    const samples = await scrape();
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(samples.has('nodejs_eventloop_lag_seconds')).toBe(true);
    expect(samples.get('garageconnect_payment_reviews_open')).toBe(0);
  });
});
