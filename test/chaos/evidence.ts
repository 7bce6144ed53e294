import { readDatabaseFacts } from '../simulation/invariants/database-facts.js';
import type { Facts, ProcessFacts } from '../simulation/invariants/facts.js';
import { readProviderFacts } from '../simulation/invariants/provider-facts.js';
import type { EventRecord } from '../../src/sandbox/stripe-double/event-log.js';
import type { Fleet } from './fleet.js';
import type { HeldMessage } from './freeze.js';
import { CANARIES } from './identity.js';
import type { Journal } from './journal.js';
import { FIRST_STOCK } from './load.js';
import type { Providers } from './providers.js';
import type { StormDatabase } from './storm-database.js';

/** Everything that is judged, as it stands once all is quiet. */
export interface Evidence {
  readonly facts: Facts;
  readonly journal: Journal;
  readonly events: readonly EventRecord[];
  /** Order by `Idempotency-Key`; null while it has none. */
  readonly keys: ReadonlyMap<string, string | null>;
  /** What the frozen process was sending. */
  readonly held: readonly HeldMessage[];
}

/** While the processes still run: what they have said is complete once they have ended. */
export async function readEvidence(
  database: StormDatabase,
  providers: Providers,
  journal: Journal,
  held: readonly HeldMessage[],
): Promise<Evidence> {
  const facts = await readDatabaseFacts((sql) => database.rows(sql));
  const keys = await database.rows<{ key: string; orderId: string | null }>(
    `SELECT key, order_id AS "orderId" FROM idempotency_keys`,
  );
  return {
    facts: { ...facts, ...readProviderFacts(providers), ...NOTHING_SEEN, ...initialStock(facts) },
    journal,
    events: providers.stripe.events,
    keys: new Map(keys.map(({ key, orderId }) => [key, orderId])),
    held,
  };
}

const NOTHING_SEEN: ProcessFacts = {
  initialStock: null,
  // Killed and cut off at any instant: nobody can tell which copy was not heard of.
  unheardCopies: null,
  canaries: CANARIES,
  spoken: [],
  processes: [],
};

const initialStock = ({ products }: Pick<Facts, 'products'>) => ({
  initialStock: Object.fromEntries(products.map(({ sku }) => [sku, FIRST_STOCK])),
});

export type PoolFacts = ProcessFacts['processes'][number]['pool'];

/** What the processes said from the first start to the last end, and what their pools held before it. */
export function withProcesses(evidence: Evidence, fleet: Fleet, pool: PoolFacts): Evidence {
  const spoken = fleet.all.flatMap((one) => `${one.stdout()}\n${one.stderr()}`.split('\n'));
  const unhandled = spoken.filter((line) => UNHANDLED.test(line)).map((line) => line.slice(0, 200));
  const processes = [{ name: 'the fleet', pool, unhandled }];
  return { ...evidence, facts: { ...evidence.facts, spoken, processes } };
}

const UNHANDLED =
  /unhandled[ _]?(?:promise)?[ _]?(?:rejection|error|exception)|uncaught|MaxListenersExceeded|heap out of memory/i;
