import type Stripe from 'stripe';
import type { EventRecord } from '../../src/sandbox/stripe-double/event-log.js';
import { createStripeClient } from '../../src/stripe/stripe-client.js';
import { INSTANCES } from './draw-schedule.js';
import { Instance } from './instance.js';
import { readDatabaseFacts } from './invariants/database-facts.js';
import type { Facts } from './invariants/facts.js';
import { readProviderFacts } from './invariants/provider-facts.js';
import { CANARIES } from './people.js';
import type { Providers } from './providers.js';
import { SendLedger } from './send-ledger.js';
import { type SimulationDatabase, STOCK } from './simulation-database.js';
import { Trace } from './trace.js';
import type { VirtualClock } from './virtual-clock.js';

/** An order as its client knows it. */
export interface KnownOrder {
  readonly key: string;
  readonly body: unknown;
  /** Null while no answer came. */
  id: string | null;
  /** It was refused: sold out, for example. */
  refused: boolean;
}

export interface Figures {
  orders: number;
  payments: number;
  events: number;
  duplicates: number;
  kills: number;
  restarts: number;
  messages: number;
}

/** Events that our endpoint is subscribed to. */
const SUBSCRIBED =
  /^(checkout\.session\.|payment_intent\.(succeeded|payment_failed|canceled)|charge\.(refunded|dispute\.created|dispute\.closed|succeeded))/;

/** Everything a schedule works on: three instances, one database, one set of doubles, one clock. */
export class World {
  readonly ledger: SendLedger;
  readonly stripe: Stripe;
  trace = new Trace();
  orders: KnownOrder[] = [];
  dropped = new Set<string>();
  /** Work that a paused instance has not finished, by its place. */
  held: { readonly at: number; readonly working: Promise<unknown> }[] = [];
  spoken: string[] = [];
  unhandled: string[] = [];
  readonly figures: Figures = {
    orders: 0,
    payments: 0,
    events: 0,
    duplicates: 0,
    kills: 0,
    restarts: 0,
    messages: 0,
  };
  readonly instances: Instance[] = [];

  private constructor(
    readonly database: SimulationDatabase,
    readonly providers: Providers,
    readonly clock: VirtualClock,
  ) {
    this.ledger = new SendLedger(
      (channel, id) => providers.copiesAt(channel, id),
      (ids) => this.findSending(ids),
    );
    this.stripe = createStripeClient(providers.config.stripe);
  }

  static async create(
    database: SimulationDatabase,
    providers: Providers,
    clock: VirtualClock,
  ): Promise<World> {
    const world = new World(database, providers, clock);
    for (let at = 0; at < INSTANCES; at += 1) await world.restart(at);
    world.figures.restarts = 0;
    return world;
  }

  /** As new; whoever is alive lives on. */
  async reset(startsAt: number): Promise<void> {
    await this.ledger.landed();
    this.providers.forget();
    this.ledger.forget();
    Object.assign(this, {
      trace: new Trace(),
      orders: [],
      dropped: new Set(),
      held: [],
      unhandled: [],
    });
    this.spoken.length = 0;
    await this.clock.set(startsAt);
    await this.database.reset();
    for (const [at, { life }] of this.instances.entries()) if (life.dead) await this.restart(at);
  }

  async restart(at: number): Promise<void> {
    // What the dead one held never ends.
    this.held = this.held.filter((one) => one.at !== at);
    this.instances[at] = await Instance.start(`shop-${at + 1}`, {
      config: this.providers.config,
      ledger: this.ledger,
      spoken: this.spoken,
      onInterrupt: ({ name }, how, edge) => {
        if (how === 'killed') this.figures.kills += 1;
        this.trace.say(`     ${name} is ${how} ${edge}`);
      },
    });
    this.figures.restarts += 1;
  }

  /** What it answers, or null when it is not there, or went away before it did. */
  async on<T>(at: number, work: (instance: Instance) => Promise<T>): Promise<T | null> {
    const instance = this.instances[at]!;
    if (!instance.life.available) return null;
    const working = work(instance);
    working.catch(() => undefined);
    const gone = instance.life.interrupted.then(() => null);
    const answer = await Promise.race([working, gone]);
    if (answer === null && !instance.life.dead) this.held.push({ at, working });
    return answer;
  }

  /** Whoever is there hears what Twilio says and shows it its images. */
  aimAtSomebody(): void {
    const somebody = this.instances.find(({ life }) => life.available) ?? this.instances[0]!;
    this.providers.aimAt(somebody.url);
  }

  /** What Stripe would still deliver. */
  waitingEvents(): EventRecord[] {
    return this.providers.doubles.stripe.events.filter(
      ({ event, delivered }) =>
        !delivered && SUBSCRIBED.test(event.type) && !this.dropped.has(event.id),
    );
  }

  async deliver(record: EventRecord, at: number): Promise<number | null> {
    const { stripe } = this.providers.doubles;
    this.trace.count('event', record.event.id);
    const again = record.delivered;
    const status = await this.on(at, async ({ url }) => {
      this.providers.aimAt(url);
      const [attempt] = await stripe.deliver(record.event.id);
      return attempt?.status ?? null;
    });
    if (status !== null) this.figures.events += 1;
    if (again && status === 200) this.figures.duplicates += 1;
    return status;
  }

  async facts(): Promise<Facts> {
    const { client } = this.database;
    const database = await readDatabaseFacts(
      async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    );
    return {
      ...database,
      ...readProviderFacts(this.providers.doubles),
      initialStock: STOCK,
      unheardCopies: this.ledger.unheard,
      canaries: CANARIES,
      spoken: this.spoken,
      processes: this.instances.map(({ name, pool }) => ({
        name,
        pool: { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
        unhandled: this.unhandled,
      })),
    };
  }

  private async findSending(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const { rows } = await this.database.client.query<{ id: string }>(
      `SELECT id FROM notifications WHERE id = ANY ($1::bigint[]) AND status = 'sending'`,
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  async stop(): Promise<void> {
    for (const instance of this.instances) await instance.stop();
    await this.providers.doubles.stop();
  }
}
