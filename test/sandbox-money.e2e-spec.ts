import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderResponse } from '../src/orders/dto/order.response.js';
import { ALINE, SandboxShop, TYRE } from './support/sandbox-shop.js';
import { PATIENTLY } from './support/patience.js';

describe('money in the sandbox', () => {
  let shop: SandboxShop;

  beforeAll(async () => {
    shop = await SandboxShop.start();
  });
  afterAll(() => shop.remove());

  const paid = async (): Promise<OrderResponse> => {
    const items = [{ sku: TYRE, quantity: 1 }];
    const { body } = await shop.as('shop').post('/api/orders').send({ customer: ALINE, items });
    const order = body as OrderResponse;
    const form = new URLSearchParams({ number: '4242424242424242' });
    await fetch(order.paymentUrl!, { method: 'POST', body: form, redirect: 'manual' });
    await vi.waitFor(async () => expect(await stateOf(order)).toBe('confirmed/paid'), PATIENTLY);
    return order;
  };
  const stateOf = async ({ id }: OrderResponse): Promise<string> => {
    const { body } = await shop.as('shop').get(`/api/orders/${id}`);
    return `${body.status}/${body.paymentStatus}`;
  };
  const says = (order: OrderResponse, word: string) =>
    shop.http.post(`/sandbox/orders/${order.id}/dispute`).send({ word });
  const phoneSays = (order: OrderResponse, words: string) =>
    vi.waitFor(async () => {
      const { phone } = await shop.state(ALINE.phoneNumber);
      const about = phone.messages.filter(({ text }) => text.includes(order.orderNumber));
      expect(about.map(({ text }) => text).join()).toContain(words);
    }, PATIENTLY);

  it('goes back, and the phone tells it', async () => {
    const order = await paid();
    await shop.as('admin').post(`/api/orders/${order.id}/refunds`).send({}).expect(201);
    expect(await stateOf(order)).toBe('confirmed/refunded');
    await phoneSays(order, '💶 REMBOURSEMENT DE 129,95 €');
  });

  it('is disputed and decided by the customer’s bank', async () => {
    for (const [word, end] of [
      ['won', 'confirmed/paid'],
      ['lost', 'confirmed/refunded'],
    ] as const) {
      const order = await paid();
      await says(order, word).expect(409);
      await says(order, 'opened').expect(204);
      await says(order, 'opened').expect(409);
      expect((await shop.state()).disputed).toEqual([order.id]);
      await phoneSays(order, '🏦 PAIEMENT CONTESTÉ');
      await says(order, word).expect(204);
      expect((await shop.state()).disputed).toEqual([]);
      await vi.waitFor(async () => expect(await stateOf(order)).toBe(end), PATIENTLY);
    }
  });

  it('of an order that nobody paid is not disputed', async () => {
    const items = [{ sku: TYRE, quantity: 1 }];
    const { body } = await shop.as('shop').post('/api/orders').send({ customer: ALINE, items });
    expect((await says(body as OrderResponse, 'opened').expect(409)).body.code).toBe(
      'not_disputable',
    );
    await says(body as OrderResponse, 'perhaps').expect(400);
  });
});
