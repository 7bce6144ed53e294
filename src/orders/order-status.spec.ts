import { describe, expect, it } from 'vitest';
import {
  mayBecome,
  ORDER_STATUSES,
  type OrderStatus,
  PAYMENT_STATUSES,
  paymentMayBecome,
  type PaymentStatus,
} from './order-status.js';

const pairsOf = <Status>(statuses: readonly Status[]): [Status, Status][] =>
  statuses.flatMap((from) => statuses.map((to): [Status, Status] => [from, to]));

describe('the status of an order', () => {
  const ALLOWED = new Set([
    'pending confirmed',
    'pending cancelled',
    'confirmed picked_up',
    // A late payment revives an order.
    'cancelled confirmed',
  ]);

  it.each(pairsOf<OrderStatus>(ORDER_STATUSES))('from %s to %s follows the table', (from, to) => {
    expect(mayBecome(from, to)).toBe(ALLOWED.has(`${from} ${to}`));
  });

  it('is one of four, and ends with the handover', () => {
    expect(ORDER_STATUSES).toEqual(['pending', 'confirmed', 'picked_up', 'cancelled']);
    expect(ORDER_STATUSES.filter((to) => mayBecome('picked_up', to))).toEqual([]);
  });
});

describe('the status of a payment', () => {
  const ALLOWED = new Set([
    'pending processing',
    'pending paid',
    'pending failed',
    'processing paid',
    'processing failed',
    // A delayed payment failed: the customer is given a new link.
    'processing pending',
    'paid refunded',
    'paid partially_refunded',
    'partially_refunded refunded',
    'partially_refunded partially_refunded',
    // A late payment of a cancelled order.
    'failed paid',
  ]);

  it.each(pairsOf<PaymentStatus>(PAYMENT_STATUSES))(
    'from %s to %s follows the table',
    (from, to) => {
      expect(paymentMayBecome(from, to)).toBe(ALLOWED.has(`${from} ${to}`));
    },
  );

  it('never leaves the money: what is paid is only given back', () => {
    const unpaid: readonly PaymentStatus[] = ['pending', 'processing', 'failed'];
    for (const from of ['paid', 'partially_refunded', 'refunded'] as const) {
      expect(unpaid.filter((to) => paymentMayBecome(from, to))).toEqual([]);
    }
  });
});
