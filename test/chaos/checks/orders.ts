import type { Evidence } from '../evidence.js';
import { check, type Check } from './check.js';

export const orderChecks = (evidence: Evidence): Check[] => [
  nothingIsLost(evidence),
  oneOrderAKey(evidence),
  check('no correct request was refused', evidence.journal.faults),
  everyPendingOrderCanBePaid(evidence),
];

/** Orders that a client was told of and that are not there, or not as they were. */
export function lostOrders({ facts, journal }: Evidence): string[] {
  const totals = new Map(facts.orders.map(({ id, totalAmount }) => [id, totalAmount]));
  return [...journal.acknowledged.values()].flatMap(({ id, totalAmount }) => {
    const total = totals.get(id);
    if (total === undefined) return [`order ${id} is gone`];
    return total === totalAmount ? [] : [`order ${id} has another total`];
  });
}

function nothingIsLost(evidence: Evidence): Check {
  const lost = lostOrders(evidence);
  return check(
    `lost = ${lost.length} of ${evidence.journal.acknowledged.size} acknowledged orders`,
    lost,
  );
}

/** Every order was asked for by a client under a key of its own. */
function oneOrderAKey({ facts, keys, journal }: Evidence): Check {
  const faults = [...journal.acknowledged.values()]
    .filter(({ id, idempotencyKey }) => keys.get(idempotencyKey) !== id)
    .map(({ id }) => `the key of order ${id} names another order`);
  const asked = new Set(keys.values());
  for (const { id } of facts.orders) if (!asked.has(id)) faults.push(`nobody asked for ${id}`);
  return check(`one order for each of ${keys.size} keys, however often it was sent`, faults);
}

function everyPendingOrderCanBePaid({ facts }: Evidence): Check {
  const links = new Map<string | null, number>();
  for (const { orderId, status } of facts.stripeSessions) {
    if (status === 'open') links.set(orderId, (links.get(orderId) ?? 0) + 1);
  }
  const waiting = facts.orders.filter(
    ({ status, paymentStatus }) => status === 'pending' && paymentStatus === 'pending',
  );
  return check(
    `each of ${waiting.length} orders that wait has one link that can be paid`,
    waiting
      .filter(({ id }) => links.get(id) !== 1)
      .map(({ id }) => `order ${id} has ${links.get(id) ?? 0}`),
  );
}
