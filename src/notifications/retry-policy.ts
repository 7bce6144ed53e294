/** About a day of tries: long enough for an outage, short enough not to surprise anyone next week. */
export const MAX_ATTEMPTS = 26;

const FIRST_SECONDS = 2;
const LONGEST_SECONDS = 2 * 60 * 60;

/** Doubles from two seconds to two hours, with jitter so that a backlog does not come back as one wave. */
export function retryDelaySeconds(attempts: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (attempts - 1));
  return ceiling * (0.5 + random() / 2);
}
