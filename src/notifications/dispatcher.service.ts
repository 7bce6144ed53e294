import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { interval, merge, type Subscription } from 'rxjs';
import { AppConfig } from '../config/app-config.js';
import { DeliveryService } from './delivery.service.js';
import { OutboxSignal } from './outbox-signal.js';
import { OutboxRepository } from './outbox.repository.js';

const BATCH_SIZE = 20;
const POLL_MS = 1_000;

/** Empties the outbox: at once when this process has written to it, else every second. */
@Injectable()
export class DispatcherService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DispatcherService.name);
  private running: Promise<number> | null = null;
  /** Rows were announced while a drain was running: it may have looked before they were there. */
  private again = false;
  private stopping = false;
  private subscription: Subscription | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly outbox: OutboxRepository,
    private readonly delivery: DeliveryService,
    private readonly signal: OutboxSignal,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.processRole === 'web') return;
    this.subscription = merge(this.signal.raised, interval(POLL_MS)).subscribe(() => {
      void this.drain();
    });
  }

  /** Stops claiming and waits for the messages that are on their way. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.subscription?.unsubscribe();
    await this.running;
  }

  /** Sends everything that is due and answers how many rows were tried. One drain runs at a time. */
  async drain(): Promise<number> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.drainUntilEmpty();
    try {
      return await this.running;
    } finally {
      this.running = null;
    }
  }

  private async drainUntilEmpty(): Promise<number> {
    let total = 0;
    try {
      for (;;) {
        this.again = false;
        const batch = this.stopping ? [] : await this.outbox.claim(BATCH_SIZE);
        if (batch.length > 0) await this.delivery.deliver(batch);
        total += batch.length;
        if (batch.length === 0 && !this.again) return total;
        if (this.stopping) return total;
      }
    } catch (error) {
      // The next poll tries again; what was claimed comes back when its lease ends.
      this.logger.error({
        event: 'dispatcher.error',
        error: error instanceof Error ? error.name : 'unknown',
        msg: 'The outbox could not be read',
      });
      return total;
    }
  }
}
