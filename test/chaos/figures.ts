import type { EventRecord } from '../../src/sandbox/stripe-double/event-log.js';
import { duplicateMessages, mailCopies } from './checks/deliveries.js';
import { lostOrders } from './checks/orders.js';
import type { Evidence } from './evidence.js';
import type { Fleet } from './fleet.js';
import type { ShopClient } from './shop-client.js';
import type { StormFigures } from './storm.js';

/** Everything the run can be summed up from. */
export interface Outcome {
  readonly evidence: Evidence;
  readonly client: ShopClient;
  readonly fleet: Fleet;
  readonly storm: StormFigures;
  readonly calmSeconds: number;
}

/** One line each, name and number. */
export function figuresOf({ evidence, client, fleet, storm, calmSeconds }: Outcome): string[] {
  const { facts, journal, events } = evidence;
  const delivered = events.filter((record) => record.delivered);
  const attempts = events.reduce((sum, record) => sum + record.attempts.length, 0);
  const cancelled = facts.orders.filter(({ status }) => status === 'cancelled');
  const { database, stripe, twilio, mail } = storm.blackholes;
  const figures: Record<string, string | number> = {
    'orders acknowledged': journal.acknowledged.size,
    'orders never answered': journal.unanswered.length,
    'orders paid': facts.payments.length,
    'orders cancelled': cancelled.length,
    'payments under review': facts.reviews.length,
    'reminders sent': facts.messages.filter(isSent('payment_reminder')).length,
    'requests repeated by clients': client.repeats,
    'answers by status': countsOf(client.answers),
    'events delivered': `${delivered.length} of ${events.length}, in ${attempts} tries`,
    'events delivered once more, twice at once': storm.repeatedEvents,
    'slowest webhook answer': `${slowestAnswer(events)} ms`,
    'messages sent': facts.messages.filter(({ status }) => status === 'sent').length,
    'messages held by a frozen process beyond their lease': evidence.held.length,
    'messages tried more than once': facts.messages.filter((row) => row.attempts > 1).length,
    kills: fleet.kills,
    restarts: fleet.restarts,
    'PostgreSQL restarts': storm.databaseRestarts,
    blackholes: `database ${database}, Stripe ${stripe}, Twilio ${twilio}, mail ${mail}`,
    'lines reset': storm.resets,
    'lines slowed down': storm.delays,
    'seconds until calm': calmSeconds,
    lost: lostOrders(evidence).length,
    'duplicate messages': duplicateMessages(evidence).length,
    'e-mails handed over again under the same Message-ID': mailCopies(evidence),
  };
  return Object.entries(figures).map(([name, value]) => `${name}: ${value}`);
}

const countsOf = (answers: ReadonlyMap<number | 'none', number>): string =>
  [...answers]
    .toSorted(([one], [other]) => String(one).localeCompare(String(other)))
    .map(([status, count]) => `${status} ${count}x`)
    .join(', ');

const isSent =
  (wanted: string) =>
  ({ kind, status }: { readonly kind: string; readonly status: string }): boolean =>
    kind === wanted && status === 'sent';

/** Of those that were answered with 2xx, in milliseconds. */
function slowestAnswer(events: readonly EventRecord[]): number {
  const answered = events.flatMap(({ attempts }) =>
    attempts.filter(({ status }) => status !== null && status < 300),
  );
  return answered.reduce((most, { tookMs }) => Math.max(most, tookMs), 0);
}
