import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StripeDouble } from './stripe-double.js';

const BODY = {
  mode: 'payment',
  success_url: 'https://shop.example/ok',
  'line_items[0][quantity]': '1',
  'line_items[0][price_data][currency]': 'eur',
  'line_items[0][price_data][unit_amount]': '9900',
  'line_items[0][price_data][product_data][name]': 'Batterie',
};

interface Answer {
  readonly status: number;
  readonly id: string | undefined;
  readonly error: { type: string; code?: string } | undefined;
  readonly replayed: string | null;
  readonly headers: Headers;
}

describe('idempotency keys', () => {
  let double: StripeDouble;
  let now: Date;

  const create = async (key: string, changes: Record<string, string> = {}): Promise<Answer> => {
    const answer = await fetch(`${double.url}/v1/checkout/sessions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_1', 'idempotency-key': key },
      body: new URLSearchParams({ ...BODY, ...changes }),
    });
    const body = (await answer.json()) as { id?: string; error?: { type: string; code?: string } };
    const { status, headers } = answer;
    return {
      status,
      id: body.id,
      error: body.error,
      replayed: headers.get('idempotent-replayed'),
      headers,
    };
  };

  beforeEach(async () => {
    now = new Date();
    double = await StripeDouble.start({
      secretKey: 'sk_test_1',
      webhookSecret: 'whsec_1',
      deliver: 'manual',
      now: () => now,
    });
  });

  afterEach(() => double.stop());

  it('replays the first answer as it was, whatever happened since', async () => {
    const first = await create('a');
    double.expire(first.id ?? '');
    const second = await create('a');
    expect(second).toMatchObject({ status: 200, id: first.id, error: undefined, replayed: 'true' });
    expect(second.headers.get('original-request')).toBe(first.headers.get('request-id'));
    expect(first.replayed).toBeNull();
    expect(double.allSessions).toHaveLength(1);
  });

  it('refuses other parameters under the same key', async () => {
    await create('a');
    const other = await create('a', { 'line_items[0][quantity]': '2' });
    expect(other).toMatchObject({ status: 400, error: { type: 'idempotency_error' } });
  });

  it('refuses the same key on another endpoint', async () => {
    const { id } = await create('a');
    const answer = await fetch(`${double.url}/v1/checkout/sessions/${id}/expire`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_1', 'idempotency-key': 'a' },
    });
    expect(answer.status).toBe(400);
  });

  it('answers 409 while the first request still runs', async () => {
    double.faults.add({ kind: 'delay', ms: 150 });
    const first = create('a');
    await expect.poll(() => double.requests.length).toBe(1);
    const second = await create('a');
    expect(second).toMatchObject({ status: 409, error: { code: 'idempotency_key_in_use' } });
    const { id } = await first;
    expect(await create('a')).toMatchObject({ status: 200, id, replayed: 'true' });
  });

  it('keeps nothing of a request refused for its parameters', async () => {
    const refused = await create('a', { mode: 'nonsense' });
    expect(refused.status).toBe(400);
    expect(await create('a')).toMatchObject({ status: 200, replayed: null });
  });

  it('replays a saved 500 and does nothing', async () => {
    const body = { error: { type: 'api_error', message: 'broken' } };
    double.faults.add({ kind: 'status', status: 500, body, saved: true });
    const first = await create('a');
    expect(first).toMatchObject({ status: 500, error: { type: 'api_error' }, replayed: null });
    expect(first.headers.get('stripe-should-retry')).toBe('false');
    expect(await create('a')).toMatchObject({ status: 500, replayed: 'true' });
    expect(double.allSessions).toHaveLength(0);
    expect(await create('b')).toMatchObject({ status: 200 });
  });

  it('forgets an unsaved 500', async () => {
    double.faults.add({ kind: 'status', status: 500, body: { error: { type: 'api_error' } } });
    expect((await create('a')).status).toBe(500);
    expect(await create('a')).toMatchObject({ status: 200, replayed: null });
  });

  it('replays what was done for a caller who never had the answer', async () => {
    double.faults.add({ kind: 'reset', accepted: true });
    await expect(create('a')).rejects.toThrow();
    expect(await create('a')).toMatchObject({ status: 200, replayed: 'true' });
    expect(double.allSessions).toHaveLength(1);
  });

  it('runs anew after 24 hours', async () => {
    const first = await create('a');
    now = new Date(now.getTime() + 24 * 3600 * 1000);
    const second = await create('a');
    expect(second.replayed).toBeNull();
    expect(second.id).not.toBe(first.id);
  });

  it('refuses a key above 255 characters', async () => {
    expect((await create('k'.repeat(256))).status).toBe(400);
  });
});
