import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  type ClaimedNotification,
  OutboxRepository,
  type Settlement,
} from './outbox.repository.js';

interface Waiting {
  readonly claimed: ClaimedNotification;
  readonly settlement: Settlement;
  readonly resolve: (mine: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_AT_ONCE = 200;
/** In a backlog others end in a moment, and their statement costs the same. */
const GATHERING_MS = 10;

/**
 * Settles in one statement whatever ended while the last statement was running: a lone message waits
 * for nothing, a backlog costs a fraction of a statement each, and no message waits for a slow one.
 */
@Injectable()
export class SettlementQueue {
  private readonly waiting: Waiting[] = [];
  private isBusy = false;

  constructor(private readonly outbox: OutboxRepository) {}

  /** False when the row was no longer ours: another process has taken it over since. */
  settle(claimed: ClaimedNotification, settlement: Settlement): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ claimed, settlement, resolve, reject });
      if (!this.isBusy) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MOST_AT_ONCE);
      // One by one when together they fail: rows of one order may deadlock with its payment.
      const isDone = await this.together(batch);
      if (!isDone) for (const one of batch) await this.alone(one);
      if (batch.length > 1) await pause(GATHERING_MS);
    }
    this.isBusy = false;
  }

  private async together(batch: readonly Waiting[]): Promise<boolean> {
    if (batch.length === 1) return false;
    try {
      const mine = await this.outbox.settle(batch);
      for (const { claimed, resolve } of batch) resolve(mine.has(claimed.id));
      return true;
    } catch {
      return false;
    }
  }

  private async alone(one: Waiting): Promise<void> {
    try {
      const mine = await this.outbox.settle([one]);
      one.resolve(mine.has(one.claimed.id));
    } catch (error) {
      one.reject(error);
    }
  }
}
