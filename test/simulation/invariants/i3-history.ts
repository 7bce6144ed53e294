import type { Facts, Violation } from './facts.js';

/** Where a line of the history leads to, and from where it may; a state is `status/payment_status`. */
const STEPS: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  'order.placed': [['', 'pending/pending']],
  'order.confirmed': [
    ['pending/pending', 'confirmed/paid'],
    ['pending/processing', 'confirmed/paid'],
  ],
  'order.revived': [['cancelled/failed', 'confirmed/paid']],
  'order.cancelled': [
    ['pending/pending', 'cancelled/failed'],
    // The shop was ending it when a debit was promised, and the debit failed.
    ['pending/processing', 'cancelled/failed'],
  ],
  'order.expired': [['pending/pending', 'cancelled/failed']],
  'payment.processing': [['pending/pending', 'pending/processing']],
  'payment.failed': [['pending/processing', 'pending/pending']],
  'order.picked_up': [
    ['confirmed/paid', 'picked_up/paid'],
    ['confirmed/partially_refunded', 'picked_up/partially_refunded'],
  ],
  'payment.refunded': refunds('refunded'),
  'payment.partially_refunded': refunds('partially_refunded'),
};

function refunds(to: string): [string, string][] {
  return ['confirmed', 'picked_up'].flatMap((status) =>
    ['paid', 'partially_refunded'].map((from): [string, string] => [
      `${status}/${from}`,
      `${status}/${to}`,
    ]),
  );
}

/**
 * I3: replaying the history leads, by allowed steps only, to the state the order is in. Lines that are
 * not in the table are remarks. Always.
 */
export function historyIsAllowed({ orders, history }: Facts): Violation[] {
  return orders.flatMap(({ id, status, paymentStatus }) => {
    let state = '';
    for (const { type } of history.filter(({ orderId }) => orderId === id)) {
      const steps = STEPS[type];
      if (!steps) continue;
      const step = steps.find(([from]) => from === state);
      if (!step) return [violation(`order ${id} had ${type} while ${state || 'nothing'}`)];
      [, state] = step;
    }
    const now = `${status}/${paymentStatus}`;
    return state === now ? [] : [violation(`order ${id} is ${now}, its history ends in ${state}`)];
  });
}

const violation = (what: string): Violation => ({ invariant: 'I3', what });
