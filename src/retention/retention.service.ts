import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { AppConfig } from '../config/app-config.js';
import { describeError } from '../common/describe-error.js';
import { retained, retentionFailures } from '../common/metrics.js';
import { ArchiveRepository, BEFORE_ALL, type OrderPosition } from './archive.repository.js';
import { OldRowsRepository } from './old-rows.repository.js';
import { PartitionsRepository } from './partitions.repository.js';

/** The job's name in the scheduler, by which its time zone is set at start. */
export const RETENTION_JOB = 'retention';
/** When the shop sleeps, and no clock of a summer time jumps over it. */
const EVERY_NIGHT = '30 3 * * *';

/** How long one run may take: by the timer, and by the route, whose caller waits for the answer. */
const NIGHT_MS = 3 * 60 * 60_000;
export const ROUTE_MS = 20_000;

/** Rows of one transaction: each is over in a fraction of a second. */
const ORDERS_AT_ONCE = 200;
const ROWS_AT_ONCE = 1_000;

/** `tally` is told how many rows a step has dealt with; after `isOver` no other step is begun. */
type Part = readonly [
  kind: string,
  run: (tally: (count: number) => void, isOver: () => boolean) => Promise<void>,
];

/**
 * What is finished leaves the tables that orders are placed in: orders and messages into the archive,
 * events and keys for good, and whole months of the archive when their time is over.
 */
@Injectable()
export class RetentionService implements OnModuleDestroy {
  private readonly logger = new Logger(RetentionService.name);
  private readonly parts: readonly Part[];
  private isStopping = false;
  private running: Promise<number> | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly archive: ArchiveRepository,
    private readonly oldRows: OldRowsRepository,
    private readonly partitions: PartitionsRepository,
  ) {
    this.parts = [
      ['partition_made', (tally) => this.makePartitions(tally)],
      // First, since a key of an old order would only go with it.
      ['idempotency_key', (...run) => this.deleteKeys(...run)],
      ['order', (...run) => this.moveOrders(...run)],
      ['message', (...run) => this.moveMessages(...run)],
      ['stripe_event', (...run) => this.deleteEvents(...run)],
      ['partition_dropped', (...run) => this.dropPartitions(...run)],
    ];
  }

  /** In the shop's time zone, which `RetentionSchedule` sets. */
  @Cron(EVERY_NIGHT, { name: RETENTION_JOB })
  async tick(): Promise<void> {
    if (this.running) return;
    this.running = this.apply(NIGHT_MS);
    try {
      await this.running;
    } finally {
      this.running = null;
    }
  }

  /** Lets the step that is under way end, while the database is still there. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.running;
  }

  /**
   * One run of at most `limitMs`; answers how many rows and partitions it has dealt with. Any number of
   * instances may run it at once: rows are locked and skipped, partitions made by one at a time. Killed
   * in the middle, it has done whole batches and the next run goes on. A part that fails keeps no other
   * from its work.
   */
  async apply(limitMs: number): Promise<number> {
    const endsAt = performance.now() + limitMs;
    const isOver = () => this.isStopping || performance.now() > endsAt;
    const counts: Record<string, number> = {};
    for (const [kind, run] of this.parts) {
      counts[kind] = 0;
      await this.attempt(kind, () =>
        run((count) => {
          counts[kind]! += count;
          retained.inc({ kind }, count);
        }, isOver),
      );
    }
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    this.logger.log({
      event: 'retention.finished',
      counts,
      msg: `Retention moved ${counts['order']} orders and ${counts['message']} messages into the archive`,
    });
    return total;
  }

  private async makePartitions(tally: (count: number) => void): Promise<void> {
    while (await this.partitions.addNext(this.config.retention.archiveYears)) tally(1);
  }

  private async moveOrders(tally: (count: number) => void, isOver: () => boolean): Promise<void> {
    const { ordersMonths: months, archiveYears: years } = this.config.retention;
    if (months === 0) return;
    let position: OrderPosition | null = BEFORE_ALL;
    while (position && !isOver()) {
      const plan = { months, years, limit: ORDERS_AT_ONCE };
      const { moved, next } = await this.archive.moveFinished(position, plan);
      tally(moved);
      position = next;
    }
  }

  private async moveMessages(tally: (count: number) => void, isOver: () => boolean): Promise<void> {
    const { messagesMonths: months, archiveYears: years } = this.config.retention;
    if (months === 0) return;
    let position: string | null = '0';
    while (position && !isOver()) {
      const plan = { months, years, limit: ROWS_AT_ONCE };
      const { moved, next } = await this.oldRows.moveMessages(position, plan);
      tally(moved);
      position = next;
    }
  }

  private async deleteEvents(tally: (count: number) => void, isOver: () => boolean): Promise<void> {
    const { eventsDays, ordersMonths } = this.config.retention;
    await untilFew(isOver, tally, (limit) =>
      this.oldRows.deleteEvents(eventsDays, ordersMonths, limit),
    );
  }

  private async deleteKeys(tally: (count: number) => void, isOver: () => boolean): Promise<void> {
    const { keysDays } = this.config.retention;
    await untilFew(isOver, tally, (limit) => this.oldRows.deleteKeys(keysDays, limit));
  }

  private async dropPartitions(
    tally: (count: number) => void,
    isOver: () => boolean,
  ): Promise<void> {
    const { archiveYears: years } = this.config.retention;
    if (years === 0) return;
    await untilFew(
      isOver,
      () => undefined,
      (limit) => this.partitions.deleteExpiredNames(years, limit),
    );
    for (const name of await this.partitions.findExpired(years)) {
      if (isOver()) return;
      const rows = await this.partitions.drop(name);
      tally(1);
      this.logger.warn({
        event: 'retention.partition_dropped',
        partition: name,
        rows,
        msg: `The time to keep ${name} is over: its ${rows} rows are gone`,
      });
    }
  }

  private async attempt(kind: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      retentionFailures.inc({ kind });
      this.logger.error({
        event: 'retention.part_failed',
        kind,
        error: describeError(error),
        msg: `Retention could not do its part ${kind}; the next run goes on`,
      });
    }
  }
}

async function untilFew(
  isOver: () => boolean,
  tally: (count: number) => void,
  step: (limit: number) => Promise<number>,
): Promise<void> {
  while (!isOver()) {
    const count = await step(ROWS_AT_ONCE);
    tally(count);
    if (count < ROWS_AT_ONCE) return;
  }
}
