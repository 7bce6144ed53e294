import type { Facts, Invariant, Violation } from './facts.js';
import { moneyIsConserved } from './i1-money-conservation.js';
import { paidMeansOnePayment } from './i2-paid-orders.js';
import { historyIsAllowed } from './i3-history.js';
import { messagesAreSentOnce } from './i4-messages.js';
import { answeredEventsAreKept, outboxIsDone } from './i5-inbox-and-outbox.js';
import { noOrderWaitsForEver, noSessionIsLeftOpen } from './i6-open-sessions.js';
import { nothingIsToldOutside } from './i7-canaries.js';
import { processesAreAtRest } from './i8-processes.js';
import { stockIsConserved } from './stock.js';

/** Hold at every instant, in the middle of the storm too. */
export const ALWAYS: readonly Invariant[] = [
  paidMeansOnePayment,
  historyIsAllowed,
  messagesAreSentOnce,
  answeredEventsAreKept,
  nothingIsToldOutside,
  stockIsConserved,
];

/** Hold once the load is over, everything was told, and the ticks have found nothing more to do. */
export const AT_REST: readonly Invariant[] = [
  ...ALWAYS,
  moneyIsConserved,
  outboxIsDone,
  noSessionIsLeftOpen,
  processesAreAtRest,
];

/** Hold once, in addition, more time has passed than a payment link lives. */
export const AT_THE_END: readonly Invariant[] = [...AT_REST, noOrderWaitsForEver];

export const check = (invariants: readonly Invariant[], facts: Facts): Violation[] =>
  invariants.flatMap((invariant) => invariant(facts));
