import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { describeError } from '../common/describe-error.js';
import { reconciled, reconciliationFailures } from '../common/metrics.js';
import { LostSessions } from '../orders/lost-sessions.service.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { PaymentProviderError } from '../stripe/stripe.errors.js';
import { EventCatchUp } from './event-catch-up.service.js';
import { SessionChecks } from './session-checks.service.js';

const TICK_MS = 60_000;

/** `tally` is told of each thing mended; after `signal` no new work is begun. */
type Part = readonly [kind: string, run: (tally: () => void, signal: AbortSignal) => Promise<void>];

/**
 * Asks Stripe for what its webhooks and answers did not tell, and settles it as they would have. With
 * the webhooks switched off everything still comes right, only later.
 */
@Injectable()
export class ReconciliationService implements OnModuleDestroy {
  private readonly logger = new Logger(ReconciliationService.name);
  private readonly parts: readonly Part[];
  private readonly stop = new AbortController();
  private running: Promise<number> | null = null;

  constructor(
    events: EventCatchUp,
    sessions: SessionChecks,
    lost: LostSessions,
    private readonly notifications: NotificationsService,
  ) {
    this.parts = [
      // The oldest first, as webhooks would have come.
      ['missed_event', (...run) => events.applyMissed(...run)],
      ['undelivered_event', (...run) => events.applyUndelivered(...run)],
      ['session', (...run) => sessions.run(...run)],
      ['lost_session', (...run) => lost.closeDue(...run)],
    ];
  }

  @Interval('reconciliation', TICK_MS)
  async tick(): Promise<void> {
    // A run that Stripe makes slow is not joined by the next one.
    if (this.running) return;
    this.running = this.reconcile();
    try {
      await this.running;
    } finally {
      this.running = null;
    }
  }

  /** Lets the call that is under way end, while the database is still there. */
  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  /**
   * One run; answers how many things it mended. Any number of instances may run it at once: rows are
   * claimed, events are applied once. A part that fails keeps no other from its work; each takes the
   * longest unchecked first and stops after a bounded number, so the next run goes on.
   */
  async reconcile(): Promise<number> {
    let mended = 0;
    for (const [kind, run] of this.parts) {
      await this.attempt(kind, () =>
        run(() => {
          mended += 1;
          reconciled.inc({ kind });
        }, this.stop.signal),
      );
    }
    if (mended > 0) {
      this.notifications.announce();
      this.logger.log({
        event: 'reconciliation.finished',
        count: mended,
        msg: `Reconciliation mended ${mended} things`,
      });
    }
    return mended;
  }

  private async attempt(kind: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      reconciliationFailures.inc({ kind });
      this.logger.warn({
        event: 'reconciliation.part_failed',
        kind,
        ...(error instanceof PaymentProviderError
          ? { reason: error.reason }
          : { error: describeError(error) }),
        msg: `Reconciliation could not do its part ${kind}; the next run goes on`,
      });
    }
  }
}
