import { setTimeout as pause } from 'node:timers/promises';
import type { Claim, ClaimedNotification } from './outbox.repository.js';

export interface LaneWork {
  /** How many messages may be on their way at once. */
  readonly width: number;
  /** Messages a second, 0 for no limit; only says how long to wait for the next few. */
  readonly perSecond: number;
  claim(limit: number): Promise<Claim>;
  /** Starts every message of a claim; each promise ends with its own message and never fails. */
  send(messages: readonly ClaimedNotification[]): Promise<readonly Promise<void>[]>;
}

const LONGEST_WAIT_MS = 250;

/**
 * One channel's way out. A message that hangs takes one place of the lane and holds up nothing else:
 * new ones are claimed as soon as half of the places are free.
 */
export class DispatchLane {
  /** Rows tried since the start of the process. */
  tried = 0;
  private readonly onTheWay = new Set<Promise<void>>();
  private running: Promise<void> | null = null;
  private stopping = false;
  /** Rows were announced, or became due, since the last claim: it may have looked before that. */
  private again = false;
  private wake: () => void = () => undefined;

  constructor(private readonly work: LaneWork) {}

  /** Sends what is due; resolves when nothing is that may leave now. Joins a run that is going on. */
  drain(): Promise<void> {
    this.again = true;
    this.wake();
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Claims nothing more and waits for what is on its way. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running?.catch(() => undefined);
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopping && ((await this.step()) || this.again));
    } finally {
      await Promise.all(this.onTheWay);
    }
  }

  /** False when there is nothing left to do. */
  private async step(): Promise<boolean> {
    const free = this.work.width - this.onTheWay.size;
    if (free * 2 < this.work.width) {
      await Promise.race(this.onTheWay);
      return true;
    }
    this.again = false;
    const { messages, short } = await this.work.claim(free);
    if (messages.length > 0) {
      this.tried += messages.length;
      for (const message of await this.work.send(messages)) this.follow(message);
      return true;
    }
    if (short) {
      await pause(Math.min(LONGEST_WAIT_MS, (500 * this.work.width) / this.work.perSecond));
      return true;
    }
    if (this.again) return true;
    if (this.onTheWay.size === 0) return false;
    await Promise.race([...this.onTheWay, this.poked()]);
    return true;
  }

  private follow(message: Promise<void>): void {
    const ending = message.finally(() => {
      this.onTheWay.delete(ending);
      // A claim that is under way may have looked before the next message of this order became due.
      this.again = true;
    });
    this.onTheWay.add(ending);
  }

  private poked(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
