import type { Facts, Violation } from './facts.js';

const ENDS = new Set(['applied', 'ignored', 'review']);
const UNSENT = new Set(['queued', 'sending']);

const violation = (what: string): Violation => ({ invariant: 'I5', what });

/** I5: every event that was answered 2xx is in the inbox, once, and every row there has an end. Always. */
export function answeredEventsAreKept({ inbox, acknowledged }: Facts): Violation[] {
  const rows = new Map<string, number>();
  for (const { id } of inbox) rows.set(id, (rows.get(id) ?? 0) + 1);
  return [
    ...acknowledged
      .filter(({ id }) => !rows.has(id))
      .map(({ id, type }) => violation(`${type} ${id} was answered 2xx and is not in the inbox`)),
    ...[...rows]
      .filter(([, count]) => count > 1)
      .map(([id, count]) => violation(`${id} is in the inbox ${count} times`)),
    ...inbox
      .filter(({ outcome }) => !ENDS.has(outcome ?? ''))
      .map(({ id, type, outcome }) => violation(`${type} ${id} ends as ${outcome}`)),
  ];
}

/** I5, once the load is over: no message waits without an end. */
export function outboxIsDone({ messages }: Facts): Violation[] {
  return messages
    .filter(({ status }) => UNSENT.has(status))
    .map(({ orderId, kind, channel, status, attempts }) =>
      violation(
        `${kind} by ${channel} of ${orderId} is still ${status} after ${attempts} attempts`,
      ),
    );
}
