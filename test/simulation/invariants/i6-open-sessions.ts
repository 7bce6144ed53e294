import type { Facts, Violation } from './facts.js';

const violation = (what: string): Violation => ({ invariant: 'I6', what });

/**
 * I6: once the load is over nobody can pay at Stripe for an order that does not wait for money, and no
 * session is half made or half closed here.
 */
export function noSessionIsLeftOpen({ orders, sessions, stripeSessions }: Facts): Violation[] {
  const states = new Map(orders.map(({ id, status }) => [id, status]));
  return [
    ...stripeSessions
      .filter(({ status, orderId }) => status === 'open' && orderId !== null && states.has(orderId))
      .filter(({ orderId }) => states.get(orderId!) !== 'pending')
      .map(({ id, orderId }) =>
        violation(`${id} can be paid at Stripe, order ${orderId} is ${states.get(orderId!)}`),
      ),
    ...sessions
      .filter(({ status }) => status === 'creating' || status === 'closing')
      .map(({ orderId, attempt, status }) =>
        violation(`session ${attempt} of order ${orderId} is still ${status}`),
      ),
  ];
}

/** I6, once every link is over as well: an order that nobody paid has ended. */
export function noOrderWaitsForEver({ orders }: Facts): Violation[] {
  return orders
    .filter(({ status }) => status === 'pending')
    .map(({ id, paymentStatus }) =>
      violation(`order ${id} still waits, its payment is ${paymentStatus}`),
    );
}
