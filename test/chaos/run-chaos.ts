import { type CompiledApplication, compileApplication } from '../support/app-process.js';
import { type Unfinished, waitForCalm } from './calm.js';
import type { Check } from './checks/check.js';
import { deliveryChecks } from './checks/deliveries.js';
import { invariantChecks } from './checks/invariants.js';
import { orderChecks } from './checks/orders.js';
import { livingChecks, processChecks, readPool } from './checks/processes.js';
import type { World } from './customer-life.js';
import { environmentFor } from './environment.js';
import { readEvidence, withProcesses } from './evidence.js';
import { figuresOf } from './figures.js';
import { Fleet } from './fleet.js';
import { freezeBeyondLease, type HeldMessage } from './freeze.js';
import { Journal } from './journal.js';
import { cronCalls, customersCome, fillCatalogue } from './load.js';
import type { ChaosOptions } from './options.js';
import { type Providers, startProviders } from './providers.js';
import { Random } from '../simulation/random.js';
import { ShopClient } from './shop-client.js';
import { noStormYet, storm } from './storm.js';
import { StormDatabase } from './storm-database.js';
import { streamOf } from './stream-of.js';

/** How long clients go on in the calm: a key whose request died is held for a minute. */
const CLIENTS_STAY_MS = 120_000;
const CALM_MS = 300_000;
const REPORT_MS = 5_000;

export interface ChaosResult {
  readonly figures: readonly string[];
  readonly checks: readonly Check[];
}

interface Stage {
  readonly compiled: CompiledApplication;
  readonly database: StormDatabase;
  readonly fleet: Fleet;
  readonly providers: Providers;
}

/** What `run` starts is ended by `end`, however it goes. */
export class Chaos {
  private readonly endings: (() => Promise<unknown>)[] = [];
  private readonly random: Random;

  constructor(
    private readonly options: ChaosOptions,
    private readonly say: (line: string) => void,
  ) {
    this.random = new Random(options.seed);
  }

  async run(): Promise<ChaosResult> {
    const stage = await this.setUp();
    const client = new ShopClient(() => stage.fleet.someUrl());
    const journal = new Journal();
    const figures = noStormYet();
    const skus = await fillCatalogue(client);
    const end = Date.now() + this.options.seconds * 1_000;
    let calmBegins = Number.POSITIVE_INFINITY;
    const deadline = (): number => calmBegins + CLIENTS_STAY_MS;
    const { database, fleet, providers } = stage;
    const { stripe, stripeApi } = providers;
    const world: World = { client, stripe, stripeApi, database, journal, skus, deadline };

    const progress = setInterval(() => {
      const delivered = providers.stripe.events.filter((record) => record.delivered).length;
      const left = Math.max(0, Math.round((end - Date.now()) / 1_000));
      this.say(
        `${left > 0 ? `${left} s of storm left` : 'The storm is over'}: ${journal.acknowledged.size} orders acknowledged, ` +
          `${delivered} of ${providers.stripe.events.length} events delivered, ` +
          `${fleet.kills} kills, ${figures.databaseRestarts} PostgreSQL restarts, ` +
          `${fleet.urls.length} of ${fleet.size} processes up`,
      );
    }, REPORT_MS);
    let isOver = false;
    const load = [
      customersCome(world, this.options.rate, streamOf(this.random), () => isOver),
      cronCalls(client, fleet, () => isOver),
    ];
    let held: readonly HeldMessage[];
    try {
      await storm(stage, figures, streamOf(this.random), end);
      await fleet.allAlive();
      this.say('One process freezes while it sends, for longer than its lease lasts');
      held = await freezeBeyondLease(stage);
    } finally {
      isOver = true;
      clearInterval(progress);
    }
    calmBegins = Date.now();
    this.say('Nothing strikes any more: waiting until everything has come to its end');
    const left = await waitForCalm(
      { ...stage, journal, client },
      Date.now() + CALM_MS,
      reporter(this.say),
    );
    await Promise.all(load);
    const calmSeconds = Math.round((Date.now() - calmBegins) / 1_000);

    const seen = await readEvidence(database, providers, journal, held);
    const pool = await readPool(database);
    const living = await livingChecks(fleet, pool);
    const exits = await fleet.stop();
    if (this.options.logs !== null) await fleet.writeLogs(this.options.logs);
    const evidence = withProcesses(seen, fleet, pool);
    const checks = [
      calmCheck(left, calmSeconds),
      ...orderChecks(evidence),
      ...deliveryChecks(evidence),
      ...invariantChecks(evidence.facts),
      ...living,
      ...processChecks(fleet, exits),
    ];
    const outcome = { evidence, client, fleet, storm: figures, calmSeconds };
    return { figures: figuresOf(outcome), checks };
  }

  /** Idempotent. */
  async end(): Promise<void> {
    for (const ending of this.endings.splice(0).toReversed()) await ending().catch(() => undefined);
  }

  private async setUp(): Promise<Stage> {
    this.say('Compiling the application, starting PostgreSQL and the providers');
    const compiled = await compileApplication('tsconfig.build.json');
    this.endings.push(() => compiled.remove());
    const database = await StormDatabase.start();
    this.endings.push(() => database.remove());
    const fleet = new Fleet(compiled, streamOf(this.random));
    const providers = await startProviders(() => fleet.someUrl());
    this.endings.push(() => providers.stop());
    fleet.start(environmentFor(database.url, providers));
    this.endings.push(() => fleet.stop('SIGKILL'));
    await fleet.allAlive();
    this.say(`${fleet.size} processes are up: the storm begins`);
    return { compiled, database, fleet, providers };
  }
}

const calmCheck = (left: Unfinished, seconds: number): Check => ({
  title: `calm after ${seconds} s: nothing waits any more`,
  faults: Object.entries(left)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`),
});

/** Every few seconds at most. */
function reporter(say: (line: string) => void): (left: Unfinished) => void {
  let next = 0;
  return (left) => {
    if (Date.now() < next) return;
    next = Date.now() + REPORT_MS;
    const waiting = Object.entries(left).map(([what, count]) => `${count} ${what}`);
    say(`still waiting: ${waiting.join(', ')}`);
  };
}
