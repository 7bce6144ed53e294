import { expect, vi } from 'vitest';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { sessionsAtStripe } from './checkout.js';
import { factsOf } from './order-facts.js';
import { titlesTo, TITLE } from './outbox.js';
import { PATIENTLY } from './patience.js';
import type { TestApp } from './test-app.js';

/** Paid, booked and told once, with nothing left open at Stripe: however often somebody died on the way. */
export async function expectPaidOnce(app: TestApp, orderId: string): Promise<void> {
  const { state, payments, passes, reviews, messages, events } = await factsOf(app, orderId);
  expect({ state, passes, reviews }).toEqual({ state: 'confirmed/paid', passes: 1, reviews: [] });
  const [order] = await app.sql<{ amount: number; currency: string }>(
    `SELECT total_amount AS amount, currency FROM orders WHERE id = $1`,
    [orderId],
  );
  expect(payments).toEqual([expect.objectContaining({ ...order, refunded: 0 })]);
  const kinds = messages.map((line) => line.split(' ').slice(0, 2).join(' '));
  expect(kinds).toEqual([...new Set(kinds)]);
  expect(kinds).toEqual(
    expect.arrayContaining(['payment_thank_you whatsapp', 'pickup_qr whatsapp']),
  );
  expect(events.filter((line) => line.endsWith('applied payment_confirmed'))).toHaveLength(1);
  const open = sessionsAtStripe(app, orderId).filter(({ status }) => status === 'open');
  expect(open).toEqual([]);
}

/** Waits until everything was sent, and finds each message on the customer's phone once. */
export async function expectToldOnce(app: TestApp, order: OrderResponse): Promise<void> {
  await vi.waitFor(async () => {
    const { messages } = await factsOf(app, order.id);
    expect(messages.filter((line) => !line.endsWith(' sent'))).toEqual([]);
    expect(titlesTo(app, order)).toContain(TITLE.pickupQr);
  }, PATIENTLY);
  expect(titlesTo(app, order)).toEqual([TITLE.confirmation, TITLE.thankYou, TITLE.pickupQr]);
}
