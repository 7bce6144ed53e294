import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { RefundExecution } from './refund-execution.service.js';
import { RefundsRepository } from './refunds.repository.js';

const TICK_MS = 5_000;
const BATCH = 20;

/** Repeats the refunds that Stripe has not answered. Safe on any number of instances. */
@Injectable()
export class RefundsTicker {
  private readonly logger = new Logger(RefundsTicker.name);

  constructor(
    private readonly refunds: RefundsRepository,
    private readonly execution: RefundExecution,
  ) {}

  /** Answers how many refunds were tried. */
  @Interval('refunds', TICK_MS)
  async tick(): Promise<number> {
    try {
      const due = await this.refunds.claimDue(BATCH);
      await Promise.all(due.map((intent) => this.execution.run(intent)));
      return due.length;
    } catch (error) {
      this.logger.error({
        event: 'refunds.tick_failed',
        error: error instanceof Error ? error.name : 'unknown',
        msg: 'The refunds tick failed; the next one goes on',
      });
      return 0;
    }
  }
}
