import type { Facts, Violation } from './facts.js';

/** Reviews that hold money which no order could take. */
const HOLDING = new Set([
  'amount_mismatch',
  'currency_mismatch',
  'second_payment',
  'paid_after_cancel',
]);

const violation = (what: string): Violation => ({ invariant: 'I1', what });

/**
 * I1: what Stripe captured for our orders is what orders were paid with plus what waits for a person,
 * payment by payment and cent by cent; so is what went back. Holds once every event has been told.
 */
export function moneyIsConserved(facts: Facts): Violation[] {
  const ours = new Set(facts.orders.map(({ id }) => id));
  const captures = facts.captures.filter(({ orderId }) => orderId !== null && ours.has(orderId));
  return [
    ...captures.flatMap((capture) => placeOf(facts, capture)),
    ...captures.flatMap((capture) => refundsOf(facts, capture)),
    ...inventedMoney(facts),
  ];
}

type Capture = Facts['captures'][number];

function placeOf(facts: Facts, { intentId, amount, currency }: Capture): Violation[] {
  const payments = facts.payments.filter((one) => one.intentId === intentId);
  const reviews = facts.reviews.filter(
    (one) => one.objectId === intentId && HOLDING.has(one.reason),
  );
  const placed = payments.reduce((sum, one) => sum + one.amount, 0);
  if (payments.length === 0 && reviews.length === 0) {
    return [
      violation(`${amount} ${currency} captured by ${intentId} are neither paid nor in review`),
    ];
  }
  if (
    payments.length > 0 &&
    (placed !== amount || payments.some((one) => one.currency !== currency))
  ) {
    return [violation(`${intentId} captured ${amount} ${currency}, orders were paid ${placed}`)];
  }
  const reviewed = reviews.find((one) => one.amount !== amount || one.currency !== currency);
  if (reviewed) {
    return [
      violation(`${intentId} captured ${amount} ${currency}, its review says ${reviewed.amount}`),
    ];
  }
  const counted = payments.length + reviews.filter(({ resolved }) => !resolved).length;
  if (counted > 1)
    return [violation(`${intentId} counts ${counted} times: as payment and in review`)];
  return [];
}

/** A refund is known to the payment, or waits in a review of its own. */
function refundsOf(facts: Facts, { intentId, refundedAmount }: Capture): Violation[] {
  const payment = facts.payments.find((one) => one.intentId === intentId);
  const known = payment
    ? payment.refundedAmount
    : facts.reviews
        .filter((one) => one.objectId === intentId)
        .reduce((most, review) => Math.max(most, goneOf(review)), 0);
  if (known === refundedAmount) return [];
  return [violation(`${refundedAmount} of ${intentId} went back, ${known} are known here`)];
}

const goneOf = ({ reason, amount, refundedAmount }: Facts['reviews'][number]): number =>
  reason === 'refund_without_payment' ? (amount ?? 0) : refundedAmount;

function inventedMoney({ payments, captures }: Facts): Violation[] {
  const real = new Set(captures.map(({ intentId }) => intentId));
  return payments
    .filter(({ intentId }) => !real.has(intentId))
    .map(({ intentId, orderId }) =>
      violation(`order ${orderId} was paid by ${intentId}, which captured nothing`),
    );
}
