import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { interval, merge, type Subscription } from 'rxjs';
import { type ChannelName, CHANNELS } from '../channels/channel.js';
import { AppConfig } from '../config/app-config.js';
import { CustomersService } from '../customers/customers.service.js';
import { DeliveryService } from './delivery.service.js';
import {
  DispatchLane,
  type LaneClaim,
  type LeftMessage,
  type ReadyMessage,
} from './dispatch-lane.js';
import { OutboxSignal } from './outbox-signal.js';
import { type ClaimedNotification, OutboxRepository } from './outbox.repository.js';

/** Twilio's SDK opens 20 connections to a host, nodemailer five to a server. */
const WIDTH: Readonly<Record<ChannelName, number>> = { whatsapp: 20, sms: 20, email: 5 };
const POLL_MS = 1_000;

/**
 * Empties the outbox: at once when this process has written to it, else every second. Each channel has
 * a lane of its own, so that a provider that hangs delays its own messages only.
 */
@Injectable()
export class DispatcherService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DispatcherService.name);
  private readonly lanes: readonly DispatchLane[];
  private draining: Promise<number> | null = null;
  private subscription: Subscription | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly outbox: OutboxRepository,
    private readonly customers: CustomersService,
    private readonly delivery: DeliveryService,
    private readonly signal: OutboxSignal,
  ) {
    const { whatsappPerSecond, emailPerSecond } = config.sending;
    const limits = { whatsapp: whatsappPerSecond, email: emailPerSecond, sms: 0 };
    this.lanes = CHANNELS.map((channel) => this.laneOf(channel, limits[channel]));
  }

  onApplicationBootstrap(): void {
    if (this.config.processRole === 'web') return;
    this.subscription = merge(this.signal.raised, interval(POLL_MS)).subscribe(() => {
      this.wake();
    });
  }

  /** Stops claiming and waits for the messages that are on their way. */
  async onModuleDestroy(): Promise<void> {
    this.subscription?.unsubscribe();
    await Promise.all(this.lanes.map((lane) => lane.stop()));
  }

  /** Sends everything that is due and answers how many rows were tried. One drain runs at a time. */
  async drain(): Promise<number> {
    // Rows may have been announced since the lanes of a drain that is going on looked last.
    if (this.draining) this.wake();
    this.draining ??= this.drainAll().finally(() => {
      this.draining = null;
    });
    return this.draining;
  }

  private async drainAll(): Promise<number> {
    const before = this.tried();
    let known: number;
    do {
      known = this.tried();
      await Promise.all(this.lanes.map((lane) => this.run(lane)));
      // A message may have woken another lane with its very end, which has claimed nothing yet.
    } while (known !== this.tried() || this.lanes.some((lane) => lane.isRunning));
    return this.tried() - before;
  }

  private tried(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.tried, 0);
  }

  private laneOf(channel: ChannelName, perSecond: number): DispatchLane {
    return new DispatchLane({
      width: WIDTH[channel],
      perSecond,
      claim: (limit) => this.claim(channel, limit, perSecond),
      send: (message) => this.send(message),
      giveBack: (messages) => this.outbox.giveBack(messages.map(({ claimed }) => claimed)),
    });
  }

  private async claim(channel: ChannelName, limit: number, perSecond: number): Promise<LaneClaim> {
    const { messages, short } = await this.outbox.claim(channel, limit, perSecond);
    const customers = await this.customers.findByIds(messages.map(({ customerId }) => customerId));
    const ready = messages.map((claimed) => ({
      claimed,
      customer: customers.get(claimed.customerId)!,
    }));
    return { messages: ready, short };
  }

  private async send({ claimed, customer }: ReadyMessage): Promise<LeftMessage> {
    try {
      const { taken, ended } = await this.delivery.deliver(claimed, customer);
      return { taken, ended: this.afterwards(claimed, ended) };
    } catch (error) {
      this.report(error);
      return { taken: false, ended: this.afterwards(claimed, Promise.resolve()) };
    }
  }

  private async afterwards({ awaited }: ClaimedNotification, ended: Promise<void>): Promise<void> {
    try {
      await ended;
    } catch (error) {
      this.report(error);
    }
    // What waited for it on another channel may be due now.
    if (awaited) this.wake();
  }

  private wake(): void {
    for (const lane of this.lanes) void this.run(lane);
  }

  private async run(lane: DispatchLane): Promise<void> {
    try {
      await lane.drain();
    } catch (error) {
      this.report(error);
    }
  }

  /** The next poll tries again; what was claimed comes back when its lease ends. */
  private report(error: unknown): void {
    this.logger.error({
      event: 'dispatcher.error',
      error: error instanceof Error ? error.name : 'unknown',
      msg: 'The outbox could not be read',
    });
  }
}
