import { setTimeout as pause } from 'node:timers/promises';
import type { CustomerView } from '../customers/customers.service.js';
import type { ClaimedNotification } from './outbox.repository.js';

/** A message of this process, and whom it is for. */
export interface ReadyMessage {
  readonly claimed: ClaimedNotification;
  readonly customer: CustomerView;
}

export interface LaneClaim {
  readonly messages: readonly ReadyMessage[];
  /** Nothing could be claimed because of the rate limit, whether or not something is due. */
  readonly short: boolean;
}

export interface LeftMessage {
  /** False: the provider does not take messages now. */
  readonly taken: boolean;
  /** Until it is written down what became of it; never fails. */
  readonly ended: Promise<void>;
}

export interface LaneWork {
  /** How many messages may be on their way at once. */
  readonly width: number;
  /** Messages a second, 0 for no limit; only says how long to wait for the next few. */
  readonly perSecond: number;
  claim(limit: number): Promise<LaneClaim>;
  /** Ends when the message has left or failed; never fails itself. */
  send(message: ReadyMessage): Promise<LeftMessage>;
  /** Messages that were claimed and not begun: anybody may claim them again. */
  giveBack(messages: readonly ReadyMessage[]): Promise<void>;
}

const LONGEST_WAIT_MS = 250;
/** Half of what was claimed must leave within this time, or nothing is claimed ahead. */
const FAST_MS = 1_000;
/** Rounds of the places that are claimed ahead at most. */
const MOST_ROUNDS = 9;
/** A message whose lease ends sooner has waited here for long: others may be faster. */
const LEAST_LEASE_MS = 40_000;

/**
 * One channel's way out. A message that hangs takes one place of the lane and holds up nothing else:
 * new ones are claimed as soon as half of the room is free. While a backlog leaves fast, the lane
 * claims ahead of its places, twice as many each time, so that places do not wait for the database;
 * when the provider slows down or fails, it gives back what has not begun.
 */
export class DispatchLane {
  /** Rows tried since the start of the process. */
  tried = 0;
  private onTheWay = 0;
  /** Left; their settlement has not been written yet. */
  private ending = 0;
  /** Claimed, not begun. */
  private readonly held: ReadyMessage[] = [];
  private claimedAt = 0;
  private ahead = 0;
  private isStuck = false;
  private running: Promise<void> | null = null;
  private stopping = false;
  /** Rows were announced, or became due, since the last claim: it may have looked before that. */
  private again = false;
  private wake: () => void = () => undefined;

  constructor(private readonly work: LaneWork) {}

  get isRunning(): boolean {
    return this.running !== null;
  }

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
      try {
        await this.giveBack();
      } finally {
        while (this.busy > 0) await this.poked();
      }
    }
  }

  private get busy(): number {
    return this.onTheWay + this.ending;
  }

  /** False when there is nothing left to do. */
  private async step(): Promise<boolean> {
    if (this.isStuck) await this.giveBack();
    const most = this.work.width + this.ahead;
    const room = most - this.busy - this.held.length;
    if (room * 2 < most) {
      await this.poked();
      return true;
    }
    this.again = false;
    const { messages, short } = await this.work.claim(room);
    if (messages.length > 0) {
      this.take(messages, messages.length >= room);
      return true;
    }
    if (short) {
      await pause(Math.min(LONGEST_WAIT_MS, (500 * this.work.width) / this.work.perSecond));
      return true;
    }
    if (this.again) return true;
    if (this.busy === 0) return false;
    await this.poked();
    return true;
  }

  /** `full`: there may be more to claim. */
  private take(messages: readonly ReadyMessage[], full: boolean): void {
    const { width } = this.work;
    const now = performance.now();
    const isFast = full && now - this.claimedAt < FAST_MS;
    this.ahead = isFast ? Math.min(MOST_ROUNDS * width, Math.max(width, this.ahead * 2)) : 0;
    this.claimedAt = now;
    for (const message of messages) {
      // Only to be reported.
      if (message.claimed.dropped) void this.follow(message);
      else this.held.push(message);
    }
    this.fill();
  }

  /** Begins what is held, as far as there are places. */
  private fill(): void {
    while (!this.stopping && !this.isStuck && this.onTheWay < this.work.width) {
      const message = this.held[0];
      if (message === undefined) return;
      this.isStuck = message.claimed.leaseEndsAt - performance.now() < LEAST_LEASE_MS;
      if (!this.isStuck) void this.follow(this.held.shift()!);
    }
  }

  private async follow(message: ReadyMessage): Promise<void> {
    this.tried += 1;
    this.onTheWay += 1;
    const { taken, ended } = await this.work.send(message);
    this.onTheWay -= 1;
    this.ending += 1;
    if (!taken) this.isStuck = true;
    this.fill();
    this.wake();
    await ended;
    this.ending -= 1;
    // A claim that is under way may have looked before the next message of this order became due.
    this.again = true;
    this.wake();
  }

  private async giveBack(): Promise<void> {
    this.isStuck = false;
    this.ahead = 0;
    const held = this.held.splice(0);
    if (held.length === 0) return;
    await this.work.giveBack(held);
  }

  /** Until a message has left or is settled, or rows are announced. */
  private poked(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
