import { AT_REST } from '../../simulation/invariants/check.js';
import type { Facts, Invariant } from '../../simulation/invariants/facts.js';
import { check, type Check } from './check.js';

/** In the words of a reader who does not know the functions; one that is not named here goes by its own. */
const TITLES: Readonly<Record<string, string>> = {
  moneyIsConserved: 'I1 money captured at Stripe is booked once or under review',
  paidMeansOnePayment: 'I2 an order is paid when it has one payment of its amount',
  historyIsAllowed: 'I3 every order took allowed steps only, to where it is',
  messagesAreSentOnce: 'I4 every message is one row and reached its provider once',
  answeredEventsAreKept: 'I5 every webhook answered with 2xx is in the inbox, with its outcome',
  outboxIsDone: 'I5 no message waits without an end',
  noSessionIsLeftOpen: 'I6 nobody can pay for an order that is over',
  nothingIsToldOutside: 'I7 the logs tell no secret and nobody’s data',
  processesAreAtRest: 'I8 every connection is idle, nothing was unhandled',
  stockIsConserved: 'stock on the shelf and stock in orders make what there was',
};

/** The same invariants that every simulated run must keep, a line each. */
export const invariantChecks = (facts: Facts): Check[] =>
  AT_REST.map((invariant) => check(titleOf(invariant), faultsOf(invariant, facts)));

const titleOf = ({ name }: Invariant): string => TITLES[name] ?? name;

const faultsOf = (invariant: Invariant, facts: Facts): string[] =>
  invariant(facts).map(({ what }) => what);
