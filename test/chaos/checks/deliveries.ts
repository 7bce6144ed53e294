import type { Evidence } from '../evidence.js';
import { check, type Check } from './check.js';

export const deliveryChecks = (evidence: Evidence): Check[] => [
  everyEventArrived(evidence),
  noMessageFailed(evidence),
  noDuplicates(evidence),
  takenOverOnce(evidence),
  everyPayerWasThanked(evidence),
];

const everyEventArrived = ({ events }: Evidence): Check =>
  check(
    `each of ${events.length} events was answered with 2xx in the end`,
    events
      .filter(({ delivered }) => !delivered)
      .map(({ event, attempts }) => `${event.type} after ${attempts.length} tries`),
  );

const noMessageFailed = ({ facts }: Evidence): Check =>
  check(
    `none of ${facts.messages.length} messages was given up`,
    facts.messages
      .filter(({ status }) => status === 'failed')
      .map(({ id, kind, channel }) => `message ${id} (${kind}, ${channel})`),
  );

/** How often each message reached its provider and did not fail there, by channel and row. */
function copies({ facts }: Evidence): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { channel, notificationId, providerId, undelivered } of facts.accepted) {
    if (undelivered) continue;
    const name = `${channel} ${notificationId}`;
    found.set(name, [...(found.get(name) ?? []), providerId ?? '']);
  }
  return found;
}

/** What a customer got twice: a text with two sids, an e-mail under two Message-IDs. */
export const duplicateMessages = (evidence: Evidence): string[] =>
  [...copies(evidence)].flatMap(([name, ids]) => {
    const distinct = new Set(ids).size;
    return distinct > 1 ? [`${name}: ${distinct} times`] : [];
  });

/** Copies beyond the first under one Message-ID: a mailbox shows them once. */
export const mailCopies = (evidence: Evidence): number =>
  [...copies(evidence).values()].reduce((sum, ids) => sum + ids.length - new Set(ids).size, 0);

function noDuplicates(evidence: Evidence): Check {
  const duplicates = duplicateMessages(evidence);
  return check(`duplicate messages = ${duplicates.length}`, duplicates);
}

/**
 * Another process takes over what a frozen one was sending, and settles it, or drops what nobody needs any
 * more. What the first one makes of its own attempt, when it goes on at last, must not count: the message
 * would leave once again.
 */
function takenOverOnce({ facts, held }: Evidence): Check {
  const attemptsThen = new Map(held.map(({ id, attempts }) => [id, attempts]));
  const faults = facts.messages.flatMap(({ id, kind, channel, attempts }) => {
    const then = attemptsThen.get(id);
    if (then === undefined || attempts <= then + 1) return [];
    return [`message ${id} (${kind}, ${channel}) froze in attempt ${then} and took ${attempts}`];
  });
  return check(
    `each of ${held.length} messages that a frozen process held was taken over once at most`,
    held.length === 0 ? ['it held none'] : faults,
  );
}

function everyPayerWasThanked({ facts }: Evidence): Check {
  const sent = new Set(
    facts.messages
      .filter(({ status }) => status === 'sent')
      .map(({ orderId, kind }) => `${orderId} ${kind}`),
  );
  const payers = facts.orders.filter(({ paymentStatus }) => paymentStatus === 'paid');
  return check(
    `each of ${payers.length} customers who have paid was thanked and has a pickup code`,
    payers.flatMap(({ id }) =>
      ['payment_thank_you', 'pickup_qr']
        .filter((kind) => !sent.has(`${id} ${kind}`))
        .map((kind) => `order ${id}: no ${kind}`),
    ),
  );
}
