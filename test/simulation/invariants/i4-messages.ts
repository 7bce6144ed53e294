import type { AcceptedMessage, Facts, MessageFact, Violation } from './facts.js';

/** Messages that ask for money. */
const REQUESTS = new Set(['order_confirmation', 'payment_reminder', 'payment_failed']);

const violation = (what: string): Violation => ({ invariant: 'I4', what });

/**
 * I4: one row per order, kind, channel and slot, and one message of it at the provider. More than one
 * only where a sender cannot have known that the first had left, by e-mail under one Message-ID. A
 * reminder step is taken once, and nobody who has paid is asked for money. Always.
 */
export function messagesAreSentOnce(facts: Facts): Violation[] {
  return [
    ...repeated(
      facts.messages.map(
        ({ orderId, kind, slot, channel }) => `${kind}/${slot} by ${channel} of ${orderId}`,
      ),
    ),
    ...repeated(
      facts.reminderSteps.map(
        ({ orderId, stepMinutes }) => `reminder step ${stepMinutes} of ${orderId}`,
      ),
    ),
    ...facts.messages.flatMap((row) => copiesOf(facts, row)),
    ...strangers(facts),
    ...needlessRequests(facts),
  ];
}

function repeated(names: readonly string[]): Violation[] {
  const seen = new Set<string>();
  return names
    .filter((name) => seen.has(name) || !seen.add(name))
    .map((name) => violation(`there are two rows for ${name}`));
}

function copiesOf(facts: Facts, row: MessageFact): Violation[] {
  const copies = facts.accepted.filter(
    (one) => one.notificationId === row.id && one.channel === row.channel,
  );
  const name = `${row.kind}/${row.slot} by ${row.channel} of ${row.orderId}`;
  if (row.status === 'sent' && copies.length === 0) {
    return [violation(`${name} counts as sent, and no provider has it`)];
  }
  const delivered = copies.filter(({ undelivered }) => !undelivered);
  if (delivered.length <= 1 || isExcused(facts, row, delivered)) return [];
  return [violation(`${name} left ${delivered.length} times in ${row.attempts} attempts`)];
}

/** A mail server cannot be asked what it took; a text is looked up before it is sent again. */
function isExcused(
  { unheardCopies }: Facts,
  row: MessageFact,
  copies: readonly AcceptedMessage[],
): boolean {
  if (row.channel !== 'email') return row.ambiguous && unheardCopies === null;
  const allowed = unheardCopies ? 1 + (unheardCopies.get(row.id) ?? 0) : row.attempts;
  return copies.length <= allowed && new Set(copies.map((one) => one.providerId)).size === 1;
}

function strangers({ messages, accepted }: Facts): Violation[] {
  const known = new Set(messages.map(({ id, channel }) => `${id} ${channel}`));
  return accepted
    .filter(({ notificationId, channel }) => !known.has(`${notificationId} ${channel}`))
    .map(({ providerId }) => violation(`${providerId} left and belongs to no row`));
}

function needlessRequests({ orders, messages }: Facts): Violation[] {
  const paid = new Set(orders.filter(({ paidAt }) => paidAt !== null).map(({ id }) => id));
  return messages
    .filter(({ kind, status, stale }) => REQUESTS.has(kind) && status === 'queued' && !stale)
    .filter(({ orderId }) => paid.has(orderId))
    .map(({ orderId, kind }) =>
      violation(`order ${orderId} is paid and a ${kind} still waits to leave`),
    );
}
