import type { Facts, Violation } from './facts.js';

/** I8: once the load is over every connection is back in its pool, and nothing was thrown at nobody. */
export function processesAreAtRest({ processes }: Facts): Violation[] {
  return processes.flatMap(({ name, pool, unhandled }) => [
    ...(pool.idle === pool.total && pool.waiting === 0
      ? []
      : [
          violation(
            `${name} has ${pool.idle} of ${pool.total} connections back, ${pool.waiting} wait`,
          ),
        ]),
    ...unhandled.map((reason) => violation(`${name} did not handle: ${reason}`)),
  ]);
}

const violation = (what: string): Violation => ({ invariant: 'I8', what });
