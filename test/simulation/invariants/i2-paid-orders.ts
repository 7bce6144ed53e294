import type { Facts, OrderFact, Violation } from './facts.js';

const PAID = new Set(['paid', 'refunded', 'partially_refunded']);

/** I2: an order is paid if and only if it has exactly one payment, of its own amount and currency. Always. */
export function paidMeansOnePayment(facts: Facts): Violation[] {
  return [...facts.orders.flatMap((order) => mismatch(facts, order)), ...sharedIntents(facts)];
}

function mismatch(facts: Facts, order: OrderFact): Violation[] {
  const payments = facts.payments.filter(({ orderId }) => orderId === order.id);
  const { id, paymentStatus } = order;
  const wrong = (what: string): Violation[] => [{ invariant: 'I2', what: `order ${id} ${what}` }];
  const isPaid = PAID.has(paymentStatus);
  if (payments.length !== (isPaid ? 1 : 0)) {
    return wrong(`is ${paymentStatus} with ${payments.length} payments`);
  }
  if (isPaid && order.paidAt === null) return wrong(`is ${paymentStatus} since never`);
  const [payment] = payments;
  if (!payment) return [];
  const { amount, currency, refundedAmount, lostAmount } = payment;
  const gone = refundedAmount + lostAmount;
  if (amount !== order.totalAmount || currency !== order.currency) {
    return wrong(`costs ${order.totalAmount} ${order.currency} and was paid ${amount} ${currency}`);
  }
  const expected = gone === 0 ? 'paid' : gone >= amount ? 'refunded' : 'partially_refunded';
  if (paymentStatus !== expected) return wrong(`is ${paymentStatus} with ${gone} gone back`);
  return [];
}

function sharedIntents({ payments }: Facts): Violation[] {
  const seen = new Set<string>();
  return payments
    .filter(({ intentId }) => seen.has(intentId) || !seen.add(intentId))
    .map(({ intentId }) => ({ invariant: 'I2', what: `${intentId} paid two orders` }));
}
