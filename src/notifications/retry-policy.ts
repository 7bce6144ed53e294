import type { NotificationKind } from './templates/message-template.js';

/** About a day of tries: long enough for an outage, short enough not to surprise anyone next week. */
export const MAX_ATTEMPTS = 26;

const FIRST_SECONDS = 2;
const LONGEST_SECONDS = 2 * 60 * 60;

/** Doubles from two seconds to two hours, with jitter so that a backlog does not come back as one wave. */
export function retryDelaySeconds(attempts: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (attempts - 1));
  return ceiling * (0.5 + random() / 2);
}

/**
 * The attempt, an hour or so after the first, at which a message that cannot be looked up is sent
 * again all the same: nobody can come for their tyres without it, so twice is better than never. A
 * request for money stays unsent instead.
 */
const UNSURE_ATTEMPT = 12;
const BETTER_TWICE: ReadonlySet<NotificationKind> = new Set(['payment_thank_you', 'pickup_qr']);

/** True for one attempt only: an unsure message leaves twice at most. */
export const isSentUnsure = (kind: NotificationKind, attempts: number): boolean =>
  BETTER_TWICE.has(kind) && attempts === UNSURE_ATTEMPT;

/** Failures in a row after which a provider is taken for down and its channel rests. */
export const FAILURES_UNTIL_PAUSE = 5;
/** How long a channel rests before one message asks again: doubles from the first to the longest. */
export const FIRST_PAUSE_SECONDS = 5;
export const LONGEST_PAUSE_SECONDS = 60;
/** Longer than the slowest send: the next probe only leaves when the last one cannot answer any more. */
export const PROBE_SECONDS = 30;

/** How often a message that was taken and not delivered is sent once more, and after which pauses. */
export const REDELIVERY_SECONDS: readonly number[] = [10 * 60, 2 * 60 * 60];

/** Without a callback the provider is asked at these ages, for a day; most callbacks come in seconds. */
export const FIRST_DELIVERY_CHECK_SECONDS = 10 * 60;
export const LATER_DELIVERY_CHECK_SECONDS: readonly number[] = [
  20 * 60,
  90 * 60,
  6 * 60 * 60,
  16 * 60 * 60,
];
